import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHost } from '../../../scripts/host.ts';
import { ensurePrograms } from '../../../scripts/packages.ts';

/** An OpenSSH server of this user on the loopback, with a key of its own; `gpu-node` in `config` leads to it. */
export interface SshServer {
  /** Settings file for `ssh`. */
  readonly config: string;
  /** Folder that is the home of its sessions' caches. */
  readonly cacheDir: string;
  /** Ends the server and all its connections at once, as a broken network would. */
  readonly cut: () => void;
  readonly remove: () => Promise<void>;
}

const SSHD = '/usr/sbin/sshd';

/** Starts a server whose sessions see `env` and, as their PATH, the system's folders only. */
export async function startSshServer(env: Readonly<Record<string, string>>): Promise<SshServer> {
  await ensurePrograms(
    [
      { program: SSHD, packages: ['openssh-server'] },
      { program: 'ssh', packages: ['openssh-client'] },
    ],
    readHost(process.env),
    () => undefined,
  );
  const folder = mkdtempSync(join(tmpdir(), 'aim-sshd-'));
  const path = (name: string) => join(folder, name);
  for (const key of ['host', 'user']) run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)]);
  const port = await findFreePort();
  const cacheDir = path('cache');
  mkdirSync(cacheDir);
  // The daemon refuses to run as root without its usual place.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const variables = { ...env, XDG_CACHE_HOME: cacheDir, PATH: '/usr/local/bin:/usr/bin:/bin' };
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${path('host')}`,
    `AuthorizedKeysFile ${path('user.pub')}`,
    `SetEnv ${Object.entries(variables)
      .map(([name, value]) => `"${name}=${value}"`)
      .join(' ')}`,
    ...['PidFile none', 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'PermitRootLogin yes'],
  ];
  writeFileSync(path('sshd_config'), `${lines.join('\n')}\n`);
  writeFileSync(path('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(path('host.pub'), 'utf8')}`);
  const client = {
    HostName: '127.0.0.1',
    Port: String(port),
    User: userInfo().username,
    IdentityFile: path('user'),
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: path('known_hosts'),
    StrictHostKeyChecking: 'yes',
  };
  const settings = Object.entries(client).map(([name, value]) => `  ${name} ${value}`);
  writeFileSync(path('config'), ['Host gpu-node', ...settings, ''].join('\n'));
  const server = spawn(SSHD, ['-D', '-e', '-f', path('sshd_config')], { stdio: 'ignore', detached: true });
  await waitForPort(port);
  const cut = () => killTree(server.pid ?? 0);
  return {
    ...{ config: path('config'), cacheDir, cut },
    remove: async () => {
      const ended = server.exitCode !== null || server.signalCode !== null ? undefined : once(server, 'exit');
      cut();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ends a process and the server's own processes below it; programs that sessions started go on. */
function killTree(pid: number): void {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(pid)], { encoding: 'utf8' });
  for (const line of stdout.split('\n')) {
    const [child = '', name = ''] = line.trim().split(/\s+/);
    if (name.startsWith('sshd')) killTree(Number(child));
  }
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended.
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function waitForPort(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error('sshd does not listen');
}

function run(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
}
