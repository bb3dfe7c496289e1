import { usage } from './arguments.ts';
import type { Command } from './context.ts';
import { detectHardware } from './detect-hardware.ts';
import { downloadToCache } from './download-to-cache.ts';
import { dryRun } from './dry-run.ts';
import { listProfiles } from './list-profiles.ts';
import { modelSize } from './model-size.ts';
import { serve } from './serve.ts';
import { validate } from './validate.ts';
import { nearest } from '../system/nearest.ts';

/** Every sub-command, in the order of the help text. */
const COMMANDS: readonly Command[] = [serve, dryRun, listProfiles, downloadToCache, detectHardware, validate];
const INTERNAL: readonly Command[] = [modelSize];

/** The command that the arguments name and what is left of them; no word means serve. Throws AimError `config`. */
export function findCommand(argv: readonly string[]): { readonly command: Command; readonly args: readonly string[] } {
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith('-')) return { command: serve, args: argv };
  const command = [...COMMANDS, ...INTERNAL].find(({ name }) => name === first);
  if (command) return { command, args: rest };
  const names = COMMANDS.map(({ name }) => name);
  const meant = nearest(first, names);
  throw usage(
    `${first} is no command; there are ${names.join(', ')}`,
    meant === undefined ? undefined : `Did you mean ${meant}?`,
  );
}

/** The help text; of one command when the arguments name one. */
export function renderHelp(argv: readonly string[]): string {
  const named = COMMANDS.find(({ name }) => name === argv[0]);
  if (named) return `${named.name}: ${named.summary}\n\nUsage: ${named.usage}\n${named.help ?? ''}`;
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return `aim-runtime: serves an AI model on AMD Instinct GPUs by the best profile for them

Usage: aim-runtime [COMMAND]

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

aim-runtime COMMAND --help shows a command's options; --version shows the version.

Main settings (environment):
  AIM_MODEL_ID      model to deploy, in a base image: org/model
  AIM_GPU_MODEL     GPU model instead of the detected one: MI300X, MI325X, ...
  AIM_GPU_COUNT     auto, or a number of GPUs
  AIM_PRECISION     auto, fp4, fp8, fp16, fp32, bf16, int4, int8
  AIM_METRIC        latency, throughput
  AIM_PROFILE_ID    a profile by its id, instead of automatic selection
  AIM_ENGINE_ARGS   JSON object of engine arguments that win over the profile's
  AIM_CACHE_PATH    folder of the model cache
  AIM_PORT          port of the inference API, 8000
  AIM_LOG_LEVEL     DEBUG, INFO, WARNING, ERROR, CRITICAL

Exit status: 0 ok, 1 bug, 2 usage or configuration, 3 hardware, 4 no profile, 5 cache or disk,
6 network, 7 authentication, 8 engine could not start, 128+n signal n.
`;
}
