import { statSync } from 'node:fs';
import { failure } from '../../exit-codes.ts';
import { quoteShell, type SshConnection } from './ssh-connection.ts';
import { keepFile } from './ssh-files.ts';

/** What helper programs are built for. */
const OLDEST_MAJOR = 22;
const OLDEST_MINOR = 19;
/** Node's names for what `uname -m` says. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  amd64: 'x64',
  aarch64: 'arm64',
  arm64: 'arm64',
};

/** What the other machine says about itself. */
export interface RemoteFacts {
  readonly system: string;
  readonly arch: string | undefined;
  /** A Node.js on PATH that is new enough. */
  readonly node: string | undefined;
}

const PROBE =
  'echo "system:$(uname -s)"; echo "arch:$(uname -m)"; ' +
  'node=$(command -v node) && echo "node:$node" && echo "version:$("$node" --version 2>/dev/null)"; true';

/** Reads the answer to the probe, which other lines may stand around. */
export function parseRemoteFacts(stdout: string): RemoteFacts {
  const line = (key: string) =>
    stdout
      .split('\n')
      .find((each) => each.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      .trim();
  const [major = 0, minor = 0] = (line('version') ?? '').replace(/^v/, '').split('.').map(Number);
  const fits = major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR);
  return {
    system: line('system') ?? '',
    arch: ARCHITECTURES[line('arch') ?? ''],
    node: fits ? line('node') : undefined,
  };
}

/** Path of a Node.js there: its own when it is new enough, else this one, sent once. @throws AimError environment */
export async function findRemoteNode(
  ssh: SshConnection,
  own: { readonly path: string; readonly platform: string; readonly arch: string },
): Promise<string> {
  const { system, arch, node } = parseRemoteFacts((await ssh.run(PROBE)).stdout);
  if (node !== undefined) return node;
  if (system !== 'Linux' || own.platform !== 'linux' || arch !== own.arch) {
    throw failure('environment', {
      message: `the other machine (${system} ${arch ?? 'of unknown architecture'}) has no Node.js ${OLDEST_MAJOR} or newer, and the one of this machine does not run there`,
      hint: `Install Node.js ${OLDEST_MAJOR} or newer there, so that \`ssh HOST node --version\` finds it.`,
    });
  }
  const { size } = statSync(own.path);
  const name = `node-${process.version}-${own.arch}-${size}`;
  const path = await keepFile(ssh, { name, mode: '700' }, { file: own.path });
  const { status, stderr } = await ssh.run(`${quoteShell(path)} --version`);
  if (status === 0) return path;
  throw failure('environment', {
    message: 'the Node.js of this machine does not run on the other one',
    details: stderr.trim().split('\n').filter(Boolean).slice(0, 5),
    hint: `Install Node.js ${OLDEST_MAJOR} or newer there.`,
  });
}
