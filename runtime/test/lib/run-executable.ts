import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const EXECUTABLE = join(import.meta.dirname, '../../dist/aim-runtime');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A profiles folder in a temporary place, gone with the test that made it. */
export class ProfileTree implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'aim-tree-'));

  put(path: string, text: string | Buffer): this {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
    return this;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const METADATA = `metadata:
  engine: vllm
  gpu: MI300X
  precision: fp16
  gpu_count: 1
  metric: latency
  manual_selection_only: false
  type: optimized
`;
export const PROFILE = `aim_id: org/model\nmodel_id: org/model\n${METADATA}engine_args:\n  max-model-len: 4096\nenv_vars:\n  GPU_ARCHS: gfx942\n`;
export const GENERAL = METADATA.replace('optimized', 'general');

/** Runs the built executable with nothing but the given environment, as the operator's discovery job does. */
export function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is missing: npm run build -w runtime`);
  const { status, stdout, stderr } = spawnSync(EXECUTABLE, args, { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Environment of a start on one MI300X without a GPU being there. */
export function settings(tree: ProfileTree, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    AIM_ID: 'org/model',
    AIM_GPU_MODEL: 'MI300X',
    AIM_GPU_COUNT: '1',
    AIM_PROFILE_PATH: tree.root,
    AIM_CACHE_PATH: join(tree.root, 'cache'),
    HF_HUB_OFFLINE: '1',
    ...more,
  };
}
