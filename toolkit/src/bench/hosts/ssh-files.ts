import { statSync } from 'node:fs';
import { failure } from '../../exit-codes.ts';
import { quoteShell, type SshConnection } from './ssh-connection.ts';

/** A file in the cache of the other machine. */
export interface KeptFile {
  /** Changes with the content: a file of this name is never replaced by another content. */
  readonly name: string;
  /** Octal, for chmod. */
  readonly mode: '600' | '700';
}

const FOLDER = '"${XDG_CACHE_HOME:-$HOME/.cache}/aim/bench"';
const FOUND = 'found:';

/** Puts a file into the cache of the other machine unless it is there. Returns its path. @throws AimError remote */
export async function keepFile(
  ssh: SshConnection,
  { name, mode }: KeptFile,
  content: { readonly file: string } | { readonly text: Buffer },
): Promise<string> {
  const file = quoteShell(name);
  const sizeBytes = 'text' in content ? content.text.length : statSync(content.file).size;
  const isWhole = (path: string) => `test "$(wc -c < ${path})" -eq ${sizeBytes}`;
  const known = await ssh.run(
    `cd ${FOLDER} 2>/dev/null && test -f ${file} && ${isWhole(file)} && echo "${FOUND}$(pwd)"`,
  );
  const folder = folderIn(known.stdout);
  if (folder !== undefined) return `${folder}/${name}`;
  // A connection that breaks looks like the end of the file: only a whole one gets its name.
  const command =
    `umask 077 && mkdir -p ${FOLDER} && cd ${FOLDER} && part=${file}.$$ && trap 'rm -f "$part"' EXIT && ` +
    `cat > "$part" && ${isWhole('"$part"')} && chmod ${mode} "$part" && mv "$part" ${file} && echo "${FOUND}$(pwd)"`;
  const sent = await ssh.run(command, content);
  const made = folderIn(sent.stdout);
  if (sent.status === 0 && made !== undefined) return `${made}/${name}`;
  throw failure('remote', {
    message: `cannot copy ${name} to the other machine`,
    details: sent.stderr.trim().split('\n').filter(Boolean),
    hint: 'It needs some room in ~/.cache/aim/bench there.',
  });
}

function folderIn(stdout: string): string | undefined {
  const line = stdout.split('\n').find((each) => each.startsWith(FOUND));
  return line?.slice(FOUND.length);
}
