import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A line of the report. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly target: string;
}

export const REPOSITORY = join(import.meta.dirname, '../..');

/** Runs a program and returns its wall time; throws with its output when it fails. */
export async function timed(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return (await timedOutput(file, args, env)).elapsedMs;
}

export async function timedOutput(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ elapsedMs: number; stdout: string }> {
  const startMs = performance.now();
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: exit ${status ?? 'by signal'}\n${stdout}${stderr}`);
  return { elapsedMs: performance.now() - startMs, stdout };
}

/** aimctl as its users run it: built, outside the repository. */
export function timedAimctl(...args: string[]): Promise<{ elapsedMs: number; stdout: string }> {
  const env = { SOURCE_DATE_EPOCH: '1750000000' };
  return timedOutput(process.execPath, [program(), ...args], env);
}

let installed: string | undefined;

/** The program as npm installs it; in a clone it would run from its sources. */
function program(): string {
  if (installed !== undefined) return installed;
  const toolkit = join(REPOSITORY, 'toolkit');
  execFileSync(process.execPath, [join(toolkit, 'scripts/build.ts')], { cwd: toolkit });
  const folder = mkdtempSync(join(tmpdir(), 'aim-bench-program-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['bin', 'dist', 'assets', 'package.json'])
    cpSync(join(toolkit, part), join(folder, 'aimctl', part), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  installed = join(folder, 'aimctl/bin/aimctl.js');
  return installed;
}

/** The wall time of it. */
export async function aimctl(...args: string[]): Promise<number> {
  return (await timedAimctl(...args)).elapsedMs;
}

export const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
