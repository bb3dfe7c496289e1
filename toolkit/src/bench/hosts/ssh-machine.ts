import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { Endpoint } from '../../docker/endpoint.ts';
import { failure } from '../../exit-codes.ts';
import { loadHelperFile, type HelperName } from '../client-file.ts';
import type { Machine } from './machine.ts';
import { findRemoteNode } from './ssh-node.ts';
import { connectSsh, quoteShell, type SshConnection, type SshOptions } from './ssh-connection.ts';
import { keepFile } from './ssh-files.ts';

export interface SshMachineOptions extends SshOptions {
  /** This Node.js, for machines that have none; with its platform and processor. */
  readonly node: { readonly path: string; readonly platform: string; readonly arch: string };
}

/** After this time without a word the machine takes this program for dead. */
const SILENCE_MS = 60_000;
/** Proxies and addresses of this machine mean nothing there. */
const PASSED = /^(?:HF_|AWS_)/;
const FORWARD_ATTEMPTS = 5;

/** Another machine over SSH. Nothing stays there but a cache of what was sent. @throws AimError environment or remote */
export async function openSshMachine(options: SshMachineOptions): Promise<Machine> {
  const ssh = await connectSsh(options);
  try {
    const node = await findRemoteNode(ssh, options.node);
    return createMachine(ssh, node, options);
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

function createMachine(ssh: SshConnection, node: string, { address }: SshMachineOptions): Machine {
  const programs = new Map<HelperName, Promise<string>>();
  const reached = new Map<string, Promise<string>>();
  const once = <Key>(known: Map<Key, Promise<string>>, key: Key, make: () => Promise<string>) => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
  const provide = async (helper: HelperName) => {
    const text = Buffer.from(await loadHelperFile(helper));
    return keepFile(ssh, { name: hashedName(`${helper}.mjs`, text), mode: '600' }, { text });
  };
  return {
    name: address.user === undefined ? address.host : `${address.user}@${address.host}`,
    silenceMs: SILENCE_MS,
    passes: (variable) => PASSED.test(variable),
    start: async (helper) => {
      const file = await once(programs, helper, () => provide(helper));
      return ssh.start(`exec ${quoteShell(node)} ${quoteShell(file)}`);
    },
    reachEngine: (engine) => forwardEngine(ssh, engine),
    reachUrl: (url) => once(reached, url, () => forwardUrl(ssh, url)),
    provideFile: (path) => {
      const text = readFileSync(path);
      return keepFile(ssh, { name: hashedName(basename(path), text), mode: '600' }, { text });
    },
    close: () => ssh.close(),
  };
}

/** A name that is another one for another content; what a shell or a file system could stumble over is left out. */
function hashedName(name: string, content: Buffer): string {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return `${hash}-${name.replaceAll(/[^\w.-]/g, '_').slice(-60)}`;
}

async function forwardEngine(ssh: SshConnection, engine: Endpoint): Promise<Endpoint> {
  const socket = /^unix:\/\/(\/[^:]+)$/.exec(engine.url)?.[1];
  if (socket === undefined) {
    throw failure('usage', {
      message: `the Docker Engine of that machine is at ${engine.url} (${engine.origin}), not on a socket of its own`,
      hint: 'Name the machine that the engine runs on.',
    });
  }
  const local = join(ssh.folder, `${createHash('sha256').update(socket).digest('hex').slice(0, 8)}.sock`);
  const { status, stderr } = await ssh.forward(`${local}:${socket}`);
  if (status !== 0) throw notForwarded(engine.url, stderr);
  return { url: `unix://${local}`, origin: engine.origin, certificates: undefined };
}

async function forwardUrl(ssh: SshConnection, text: string): Promise<string> {
  const { hostname, port } = new URL(text);
  let said = '';
  for (let attempt = 1; attempt <= FORWARD_ATTEMPTS; attempt++) {
    const local = await findFreePort();
    const { status, stderr } = await ssh.forward(`127.0.0.1:${local}:${hostname}:${port}`);
    if (status === 0) return `http://127.0.0.1:${local}`;
    said = stderr;
  }
  throw notForwarded(text, said);
}

function notForwarded(what: string, stderr: string): Error {
  return failure('remote', {
    message: `ssh does not forward to ${what}`,
    details: stderr.trim().split('\n').filter(Boolean),
    hint: 'The other machine must allow it: AllowTcpForwarding and AllowStreamLocalForwarding in its sshd_config.',
  });
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
