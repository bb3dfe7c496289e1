import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { underReaper } from './reaper.ts';

const which = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
const PYTHON = which.stdout.trim();

function startUnder(program: string) {
  const { file, argv } = underReaper(PYTHON, ['python3', '-c', program]);
  const [argv0 = '', ...args] = argv;
  const child = spawn(file, args, { argv0, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    }),
  );
  const firstLine = new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => {
      resolve(data.toString().trim());
    }),
  );
  return { child, ended, firstLine };
}

function parentOf(pid: string): string | undefined {
  try {
    return /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined; // gone
  }
}

describe.runIf(which.status === 0)('the reaper', () => {
  it.each([0, 1, 42])('ends with the status of the engine: %i', async (status) => {
    const { ended } = startUnder(`import sys; sys.exit(${status})`);
    expect(await ended).toEqual({ code: status, signal: null });
  });

  it('ends by the signal that ended the engine', async () => {
    const { ended } = startUnder('import os, signal; os.kill(os.getpid(), signal.SIGKILL)');
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('passes signals on', async () => {
    const program = `import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("up", flush=True)
time.sleep(30)`;
    const { child, ended, firstLine } = startUnder(program);
    expect(await firstLine).toBe('up');
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 7, signal: null });
  });

  it('adopts what the engine leaves behind and leaves no zombie of it', async () => {
    const program = `import os, time
if os.fork() == 0:
    pid = os.fork()
    if pid == 0:
        time.sleep(0.5)
        os._exit(0)
    print(pid, flush=True)
    os._exit(0)
os.wait()
time.sleep(30)`;
    const { child, ended, firstLine } = startUnder(program);
    const orphan = await firstLine;
    await expect.poll(() => parentOf(orphan)).toBe(String(child.pid));
    await expect.poll(() => parentOf(orphan), { timeout: 5_000 }).toBeUndefined();
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
  });

  it('takes the engine with it, even one that does not want to end', async () => {
    const program = `import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
time.sleep(30)`;
    const { child, ended, firstLine } = startUnder(program);
    const engine = await firstLine;
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => parentOf(engine), { timeout: 5_000 }).toBeUndefined();
  });
});
