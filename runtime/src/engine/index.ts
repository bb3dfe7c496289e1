/** Public surface of `aim-runtime/engine`. */
export { buildCommand, SYSTEM_ARGS } from './command.ts';
export type { CommandInput, EngineCommand } from './command.ts';
export { checkEngineArgs, findArgProblems } from './check.ts';
export { engineModule } from './engines.ts';
export type { EnvOverride } from './environment.ts';
export { parseJson } from './json-text.ts';
export { mergeArgs } from './merge.ts';
export type { MergedArgs, OverriddenArg } from './merge.ts';
export { canonicalName, oppositeName } from './names.ts';
export { renderArgs, renderJson } from './render.ts';
export { createEngineTable, loadEngineTable } from './table.ts';
export type {
  ArgSchema,
  ArgsValidator,
  CliFacts,
  CliOption,
  EngineArgProblem,
  EngineSchema,
  EngineTable,
  SchemaError,
} from './types.ts';
export { checkUserArgs, parseUserArgs, readUserArgs, renderProblem } from './user-args.ts';
export { checkVllmArgv } from './vllm-argv.ts';
export type { ArgvResult } from './vllm-argv.ts';
export type { Refusal, RefusalKind } from './vllm-values.ts';
