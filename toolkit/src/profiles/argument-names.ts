import { canonicalName } from 'aim-runtime/engine';

/** Second names of the engine arguments that profiles may have, all SGLang's, with the name that its schema describes. */
const ALIASES: Readonly<Record<string, string>> = {
  'dp-size': 'data-parallel-size',
  ep: 'expert-parallel-size',
  'ep-size': 'expert-parallel-size',
  'nccl-init-addr': 'dist-init-addr',
  'pp-size': 'pipeline-parallel-size',
  'speculative-draft-model': 'speculative-draft-model-path',
  tp: 'tensor-parallel-size',
  'tp-size': 'tensor-parallel-size',
};

/** The one name of an engine argument for all its names and spellings: `tp_size` is `tensor-parallel-size`. */
export function argumentName(key: string): string {
  const name = canonicalName(key);
  return ALIASES[name] ?? name;
}

/**
 * What an engine argument decides about. Of keys that decide about the same thing the last one counts on a command
 * line: several names of one argument, `x` and `no-x`, and `x.key` with what is below it.
 */
export function settingName(key: string): string {
  const [base = '', inner] = argumentName(key).split('.');
  const option = argumentName(base.replace(/^no-/, ''));
  return inner === undefined ? option : `${option}.${inner.replace(/\+$/, '')}`;
}
