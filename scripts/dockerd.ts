import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AimError } from '../runtime/src/system/errors.ts';
import { readIfThere } from './host.ts';

/** How to start a Docker Engine; every path is a parameter so that tests can use their own. */
export interface DockerdOptions {
  /** Program to run: `dockerd`. */
  readonly program: string;
  /** Arguments every attempt gets. */
  readonly args: readonly string[];
  /** Folder of docker.pid, `/var/run`. */
  readonly runDir: string;
  readonly logFile: string;
  /** True when the engine answers. */
  readonly answers: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly say: (line: string) => void;
}

/** An engine this process started; it goes on running when this process ends without `stop`. */
export interface RunningDockerd {
  readonly pid: number;
  readonly logFile: string;
  readonly stop: () => Promise<void>;
}

/** What to try next, by what the engine said when it gave up. The first line that fits counts. */
const FALLBACKS: readonly { readonly symptom: RegExp; readonly flag: string; readonly loss: string }[] = [
  {
    symptom: /graphdriver|storage-driver|storage driver|overlay/i,
    flag: '--storage-driver=vfs',
    loss: 'images take more disk space',
  },
  {
    symptom: /iptables|ip6tables|nf_tables|NAT chain/i,
    flag: '--iptables=false',
    loss: 'containers cannot reach the network outside this machine',
  },
  {
    symptom: /network controller|bridge|docker0|netlink|iptables/i,
    flag: '--bridge=none',
    loss: "containers have no network but the host's",
  },
];

/**
 * Starts a Docker Engine in the background and waits until it answers. Where it cannot start as it is, for
 * example inside a container, it is tried again with less, and what is lost is said.
 * Throws AimError `docker` with the end of the engine's log.
 */
export async function startDockerd(options: DockerdOptions): Promise<RunningDockerd> {
  let flags: readonly string[] = [];
  for (;;) {
    removeStalePidFiles(options.runDir);
    const running = await attempt(options, flags);
    if (running) return running;
    const log = readIfThere(options.logFile);
    const next = planFallback(log, flags);
    if (!next) throw cannotStart(options, log);
    options.say(`The Docker Engine could not start: ${lastWords(log)}`);
    options.say(`Trying again with ${next.flag} (${next.loss}).`);
    flags = [...flags, next.flag];
  }
}

/** The flag that may help after an engine ended with this log; undefined when nothing new is left. */
export function planFallback(log: string, tried: readonly string[]): { flag: string; loss: string } | undefined {
  const reason = lastWords(log);
  return FALLBACKS.find(({ symptom, flag }) => symptom.test(reason) && !tried.includes(flag));
}

/** The line in which dockerd says why it gives up, else the last line of its log. */
export function lastWords(log: string): string {
  const lines = log.trimEnd().split('\n');
  return lines.findLast((line) => /failed to start|error starting daemon/i.test(line)) ?? lines.at(-1) ?? '';
}

/**
 * Removes pid files of processes that are gone, or whose number another program has by now:
 * dockerd refuses to start while one names a living process.
 */
export function removeStalePidFiles(runDir: string, procDir = '/proc'): void {
  const files = [
    { file: join(runDir, 'docker.pid'), program: 'dockerd' },
    { file: join(runDir, 'docker/containerd/containerd.pid'), program: 'containerd' },
  ];
  for (const { file, program } of files) {
    const pid = readIfThere(file).trim();
    if (pid === '' || nameOf(pid, procDir) === program) continue;
    rmSync(file, { force: true });
  }
}

function nameOf(pid: string, procDir: string): string {
  const [program = ''] = readIfThere(join(procDir, pid, 'cmdline')).split('\0');
  return basename(program);
}

async function attempt(options: DockerdOptions, flags: readonly string[]): Promise<RunningDockerd | undefined> {
  const log = openSync(options.logFile, 'w');
  // In a session of its own, so that Ctrl-C here does not end it before the containers are removed.
  const child = spawn(options.program, [...options.args, ...flags], { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  child.unref();
  const answered = await Promise.race([waitUntil(options.answers, options.timeoutMs), ended.then(() => false)]);
  const { pid } = child;
  if (answered && pid !== undefined) return { pid, logFile: options.logFile, stop: () => end(child, ended) };
  await end(child, ended);
  return undefined;
}

async function waitUntil(holds: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (await holds()) return true;
    await sleep(200);
  }
  return false;
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  // Waiting for its end keeps this process alive again.
  child.ref();
  child.kill('SIGTERM');
  const polite = sleep(15_000, 'timeout', { ref: false });
  if ((await Promise.race([ended, polite])) === 'timeout') child.kill('SIGKILL');
  await ended;
}

function cannotStart(options: DockerdOptions, log: string): AimError {
  return new AimError('docker', {
    message: `${options.program} did not start: ${lastWords(log)}`,
    hint: `Its whole log is ${options.logFile}. Start a Docker Engine yourself, then try again.`,
    details: log.trimEnd().split('\n').slice(-15),
  });
}

/** True when no cgroup hierarchy is mounted, without which containers cannot be limited or started. */
export function lacksCgroups(mounts: string): boolean {
  return !mounts.split('\n').some((line) => /^cgroup2?$/.test(line.split(' ')[2] ?? ''));
}

/** The mount table of this machine. */
export function readMounts(): string {
  return readFileSync('/proc/mounts', 'utf8');
}
