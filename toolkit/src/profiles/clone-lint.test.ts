import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { AimError } from 'aim-runtime/system';
import { createContext } from '../lint/context.ts';
import { PINNED_VERSION } from '../lint/engine-versions.ts';
import { loadFacts } from '../lint/facts.ts';
import { createFileReader } from '../lint/lint-file.ts';
import { checkFile, selectRules } from '../lint/run.ts';
import { cloneProfile, type CloneChanges } from './clone.ts';
import { listProfileFiles, parseProfile } from './find.ts';
import { NO_CHANGES } from '../../test/lib/clone-changes.ts';

const ROOT = join(import.meta.dirname, '../../../profiles');
const SGLANG = `aim_id: org/model
model_id: org/model
metadata:
  engine: sglang
  gpu: MI300X
  precision: bf16
  gpu_count: 4
  metric: latency
  manual_selection_only: false
  type: unoptimized
engine_args:
  dp-size: 2
  tp-size: 2
`;
/** What a change cannot help: a model may be too large for fewer GPUs, or its heads too few for more. */
const OF_THE_MODEL = ['memory-fit', 'attention-heads'];

const changes: readonly Partial<CloneChanges>[] = [
  ...['MI210', 'MI325X', 'MI355X'].map((gpu) => ({ gpu })),
  ...([1, 2, 4, 8] as const).map((gpuCount) => ({ gpuCount })),
  ...(['fp4', 'fp8', 'fp16', 'bf16', 'int4', 'int8'] as const).map((precision) => ({ precision })),
  { metric: 'throughput' as const },
];

it('every copy that is made is free of errors', async () => {
  const facts = await loadFacts(PINNED_VERSION, ['vllm', 'sglang']);
  const read = createFileReader();
  const selection = selectRules({ levels: new Map(), minimum: 'error' }, []);
  const errorsOf = (path: string, text: string) => {
    const general = basename(dirname(path)) === 'general';
    const place = { kind: 'profile', root: undefined, layer: general ? 'general' : 'model', model: undefined } as const;
    const toFile = (each: string) => read({ ...place, path, shown: path, content: { text: each } });
    const context = createContext({ facts, open: () => toFile(''), exists: () => false });
    return checkFile(toFile(text), context, selection).filter(
      ({ severity, rule }) => severity === 'error' && !OF_THE_MODEL.includes(rule),
    );
  };
  const sources = [
    ...listProfileFiles(ROOT).map((path) => [path, readFileSync(path, 'utf8')] as const),
    [join(ROOT, 'org/model/sglang-mi300x-bf16-tp4-latency.yaml'), SGLANG] as const,
  ];
  let made = 0;
  for (const [path, text] of sources.filter((_, index) => index % 5 === 0 || index === sources.length - 1)) {
    const profile = parseProfile(path, text);
    for (const change of changes) {
      try {
        const modelId = 'precision' in change && profile.modelId !== undefined ? 'org/other' : undefined;
        const copy = cloneProfile({ profile, text, siblings: [] }, { ...NO_CHANGES, modelId, ...change });
        expect(errorsOf(join(dirname(path), copy.fileName), copy.text), `${path} ${JSON.stringify(change)}`).toEqual(
          [],
        );
        made++;
      } catch (error) {
        if (!(error instanceof AimError)) throw error;
        expect(error.message).toMatch(/cannot be shared out/);
      }
    }
  }
  expect(made).toBeGreaterThan(300);
});
