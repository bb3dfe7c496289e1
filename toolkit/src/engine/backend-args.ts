import type { Engine, EngineArgs } from 'aim-runtime/profile';

/** SGLang listens inside its container only, and counts nothing, unless it is told otherwise. */
const SGLANG_ARGS: EngineArgs = { host: '0.0.0.0', 'enable-metrics': true };

/** The user's engine arguments with those that an engine needs to be reached, and to be drained, in a container. */
export function withBackendArgs(backend: Engine, engineArgs: EngineArgs): EngineArgs {
  return backend === 'sglang' ? { ...SGLANG_ARGS, ...engineArgs } : engineArgs;
}
