import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { failure } from '../../exit-codes.ts';
import type { SshAddress } from './ssh-address.ts';

export interface SshOptions {
  readonly address: SshAddress;
  /** File of settings instead of the user's own. */
  readonly config: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** What a command on the other machine left behind. */
export interface SshResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One authenticated connection that everything else runs through. It ends when this program does. */
export interface SshConnection {
  /** Folder of this machine for the connection's sockets; removed with it. */
  readonly folder: string;
  /** Runs a shell command there; `input` is a file of this machine or a text. */
  run(command: string, input?: { readonly file: string } | { readonly text: Buffer }): Promise<SshResult>;
  /** Starts a shell command there, to be talked to. */
  start(command: string): ChildProcessWithoutNullStreams;
  /** Makes something of that machine reachable: `/local.sock:/remote.sock` or `127.0.0.1:port:host:port`. */
  forward(spec: string): Promise<SshResult>;
  close(): Promise<void>;
}

const READY = 'aim-bench-connected';
const OPTIONS = {
  BatchMode: 'yes',
  ControlPersist: 'no',
  ServerAliveInterval: '10',
  ServerAliveCountMax: '3',
  ConnectTimeout: '20',
  LogLevel: 'ERROR',
  ForwardAgent: 'no',
  ForwardX11: 'no',
};

/** Runs a command and removes a folder when it has ended: this program may be dead by then. */
const THEN_REMOVE = 'folder=$1; shift; "$@"; status=$?; rm -rf -- "$folder"; exit "$status"';

/** A text as one word of a POSIX shell. */
export function quoteShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Connects; host keys are checked as the user's ssh does. @throws AimError environment when it is refused */
export async function connectSsh({ address, config, env }: SshOptions): Promise<SshConnection> {
  const folder = mkdtempSync(join(tmpdir(), 'aim-ssh-'));
  const control = join(folder, 'c');
  const { host, user, port } = address;
  const settings = Object.entries(OPTIONS).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const target = [
    ...(config === undefined ? [] : ['-F', config]),
    ...settings,
    ...['-o', `ControlPath=${control}`],
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
  ];
  // In sessions of their own: what ends this program's group must not end the cleaning up on the other side.
  const launch = (args: readonly string[], [program, ...before]: readonly [string, ...string[]] = ['ssh']) => {
    const child = spawn(program, [...before, ...target, ...args], { env, stdio: 'pipe', detached: true });
    child.stdin.on('error', () => undefined); // that it ended is seen by its exit
    return child;
  };
  const call = (options: readonly string[], command: string) => [...options, '-T', '--', host, command];
  // The connection lives as long as this command, which ends with its input, which ends with this program.
  const master = launch(call(['-o', 'ControlMaster=yes'], `echo ${READY}; exec cat >/dev/null`), [
    ...(['/bin/sh', '-c', THEN_REMOVE, 'sh', folder, 'ssh'] as const),
  ]);
  const ended = once(master, 'close').catch(() => undefined);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await waitForConnection(master, host);
  } catch (error) {
    master.stdin.end();
    killGroup(master);
    remove();
    throw error;
  }
  const start = (command: string) => launch(call(['-o', 'ControlMaster=no'], command));
  return {
    folder,
    start,
    run: async (command, input) => finish(start(command), input),
    forward: (spec) => finish(launch(['-O', 'forward', '-L', spec, '--', host]), undefined),
    close: async () => {
      master.stdin.end();
      await ended;
      remove();
    },
  };
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  try {
    if (pid !== undefined) process.kill(-pid);
  } catch {
    // it has ended
  }
}

async function finish(
  child: ChildProcessWithoutNullStreams,
  input: { readonly file: string } | { readonly text: Buffer } | undefined,
): Promise<SshResult> {
  const closed = once(child, 'close');
  const feed =
    input !== undefined && 'file' in input
      ? pipeline(createReadStream(input.file), child.stdin).catch(() => undefined) // its exit says what went wrong
      : Promise.resolve(child.stdin.end(input === undefined ? '' : input.text));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), feed]);
  const [status] = (await closed) as [number | null];
  return { status, stdout, stderr };
}

async function waitForConnection(master: ChildProcessWithoutNullStreams, host: string): Promise<void> {
  let said = '';
  let errors = '';
  const outcome = Promise.withResolvers<undefined>();
  master.stdout.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-1000);
    if (said.includes(READY)) outcome.resolve(undefined);
  });
  master.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  const refused = (details: readonly string[]) =>
    failure('environment', {
      message: `no connection to ${host} by ssh`,
      details,
      hint: `Try \`ssh -o BatchMode=yes ${host} true\`: it must work without asking for a password or a host key.`,
    });
  master.once('error', (error) => outcome.reject(refused([error.message])));
  master.once('close', () => outcome.reject(refused(errors.trim().split('\n').filter(Boolean))));
  await outcome.promise;
}
