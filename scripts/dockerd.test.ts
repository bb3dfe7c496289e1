import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  lacksCgroups,
  lastWords,
  planFallback,
  removeStalePidFiles,
  startDockerd,
  type DockerdOptions,
} from './dockerd.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-dockerd-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('planFallback', () => {
  const nat =
    'time="2026-01-02" level=info msg="Loading containers: start."\n' +
    'failed to start daemon: Error initializing network controller: error obtaining controller instance: ' +
    'failed to create NAT chain DOCKER: iptables failed: iptables -t nat -N DOCKER: Permission denied\n';
  const driver = 'failed to start daemon: error initializing graphdriver: driver not supported\n';

  it('answers the reason the engine gave', () => {
    expect(planFallback(nat, [])?.flag).toBe('--iptables=false');
    expect(planFallback(driver, [])?.flag).toBe('--storage-driver=vfs');
  });
  it('never tries a flag twice, so that it ends', () => {
    expect(planFallback(nat, ['--iptables=false'])?.flag).toBe('--bridge=none');
    expect(planFallback(nat, ['--iptables=false', '--bridge=none'])).toBeUndefined();
    expect(planFallback('failed to start daemon: no space left on device', [])).toBeUndefined();
  });
  it('reads the fatal line, not the talk around it', () => {
    const log = `msg="iptables is fine"\nfailed to start daemon: disk full\nmsg="stopping overlay"\n`;
    expect(lastWords(log)).toBe('failed to start daemon: disk full');
    expect(planFallback(log, [])).toBeUndefined();
  });
});

describe('removeStalePidFiles', () => {
  const pidFile = (): string => join(folder, 'run/docker.pid');
  const process = (pid: string, commandLine: string): void => {
    mkdirSync(join(folder, 'proc', pid), { recursive: true });
    writeFileSync(join(folder, 'proc', pid, 'cmdline'), commandLine);
  };
  beforeEach(() => {
    mkdirSync(join(folder, 'run/docker/containerd'), { recursive: true });
    writeFileSync(pidFile(), '4711\n');
  });

  it('removes the file of a process that is gone or that is another program', () => {
    process('99', '/bin/sleep\0');
    writeFileSync(join(folder, 'run/docker/containerd/containerd.pid'), '99');
    removeStalePidFiles(join(folder, 'run'), join(folder, 'proc'));
    expect(existsSync(pidFile())).toBe(false);
    expect(existsSync(join(folder, 'run/docker/containerd/containerd.pid'))).toBe(false);
  });
  it('leaves the file of a living engine alone', () => {
    process('4711', '/usr/sbin/dockerd\0-H\0unix:///run/docker.sock\0');
    removeStalePidFiles(join(folder, 'run'), join(folder, 'proc'));
    expect(existsSync(pidFile())).toBe(true);
  });
});

describe('startDockerd', () => {
  /** A program in dockerd's place: notes its arguments and its pid, then goes on as the script says. */
  const options = (script: string, said: string[] = []): DockerdOptions => {
    const program = join(folder, 'fake-dockerd');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${folder}/calls\n${script}\n`);
    chmodSync(program, 0o755);
    const answers = (): Promise<boolean> => Promise.resolve(existsSync(join(folder, 'ready')));
    const logFile = join(folder, 'log');
    return {
      program,
      args: ['--data-root=x'],
      runDir: folder,
      logFile,
      answers,
      timeoutMs: 5000,
      say: (line) => said.push(line),
    };
  };
  const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

  it('returns the engine once it answers, and stops it', async () => {
    const engine = await startDockerd(options(`touch ${folder}/ready; exec sleep 60`));
    expect(() => process.kill(engine.pid, 0)).not.toThrow();
    await engine.stop();
    expect(() => process.kill(engine.pid, 0)).toThrow('ESRCH');
  });
  it('starts again with less where the machine forbids something, and says so', async () => {
    const said: string[] = [];
    const script =
      `case "$*" in *iptables=false*) touch ${folder}/ready; exec sleep 60;; esac\n` +
      `echo 'failed to start daemon: iptables failed: permission denied'; exit 1`;
    const engine = await startDockerd(options(script, said));
    await engine.stop();
    expect(calls()).toEqual(['--data-root=x', '--data-root=x --iptables=false']);
    expect(said.join('\n')).toContain('--iptables=false');
  });
  it('gives up with the reason when nothing is left to try', async () => {
    const script = `echo 'failed to start daemon: no space left on device'; exit 1`;
    await expect(startDockerd(options(script))).rejects.toMatchObject({
      code: 'docker',
      message: expect.stringContaining('no space left on device') as string,
    });
    expect(calls()).toHaveLength(1);
  });
  it('says so when there is no such program', async () => {
    const started = startDockerd({ ...options(''), program: join(folder, 'absent') });
    await expect(started).rejects.toMatchObject({ code: 'docker' });
  });
});

describe('lacksCgroups', () => {
  it('looks for a cgroup file system among the mounts', () => {
    expect(lacksCgroups('tmpfs /sys/fs/cgroup tmpfs rw 0 0\n')).toBe(true);
    expect(lacksCgroups('cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n')).toBe(false);
    expect(lacksCgroups('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n')).toBe(false);
  });
});
