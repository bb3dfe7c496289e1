import { estimateMemory, type MemoryProblem, type ModelFacts } from 'aim-runtime/estimate';
import { findModelVram } from 'aim-runtime/gpu';
import { factsOf } from '../checkpoint.ts';
import type { Problem } from '../finding.ts';
import type { ProfileView } from '../profile-view.ts';
import { profileRule } from '../rule.ts';
import { lastArgument, namedArguments, settingsOf } from '../serving-settings.ts';

/** Argument that decides about each problem. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  weights: ['tensor-parallel-size'],
  context: ['max-model-len', 'context-length'],
  graphs: ['gpu-memory-utilization', 'mem-fraction-static'],
};

export const memoryFit = profileRule({
  id: 'memory-fit',
  severity: 'error',
  why: 'The engine ends with an out-of-memory error, after it has loaded for minutes.',
  check: (profile) => {
    const facts = factsOf(profile);
    const { gpu, gpuCount } = profile;
    const problems = facts === undefined ? [] : findProblems(profile, facts);
    if (!facts || problems.length === 0) return [];
    // The attention heads have a rule of their own.
    return problems
      .filter(({ code }) => code !== 'heads')
      .map(({ code, message, hint }): Problem => {
        const severity = code === 'graphs' ? ({ severity: 'warning' } as const) : {};
        return {
          message: `${facts.id} on ${gpuCount ?? ''} x ${gpu ?? ''}: ${message}`,
          at: placeOf(profile, code),
          suggestion: hint,
          ...severity,
        };
      });
  },
});

const answers = new Map<string, readonly MemoryProblem[]>();

/** Estimates once for all profiles that ask for the same. */
function findProblems(profile: ProfileView, facts: ModelFacts): readonly MemoryProblem[] {
  const { engine, gpu = '', gpuCount } = profile;
  const vramBytes = findModelVram(gpu);
  if (vramBytes === undefined || engine === undefined || gpuCount === undefined) return [];
  const id = `${facts.id} ${gpu} ${gpuCount} ${JSON.stringify(settingsOf(profile))}`;
  const before = answers.get(id);
  if (before) return before;
  const { problems } = estimateMemory({
    facts,
    engine,
    engineArgs: namedArguments(profile),
    gpuCount,
    vramBytes,
    vramSource: `the table of GPUs: ${gpu}`,
  });
  answers.set(id, problems);
  return problems;
}

function placeOf(profile: ProfileView, code: string): readonly string[] {
  const arg = (ARGUMENTS[code] ?? []).map((name) => lastArgument(profile, name)).find((each) => each !== undefined);
  return arg === undefined ? ['metadata', profile.keys.gpuCount] : ['engine_args', arg.key];
}
