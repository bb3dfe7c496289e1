/** What took the place of an engine argument that went or is going. */
export interface Successor {
  /** In words, for people. */
  readonly instead: string;
  /** The new name, where the value stays as it is. */
  readonly rename?: string;
  /** True when nothing is lost by taking the argument away. */
  readonly drop?: boolean;
}

/** Old arguments of vLLM. */
const SUCCESSORS: Readonly<Record<string, Successor>> = {
  'max-seq-len-to-capture': {
    instead: 'Remove it: the limit of graphs is max-cudagraph-capture-size, which counts sequences, not tokens.',
    drop: true,
  },
  'swap-space': { instead: 'Remove it: the engine has not swapped since its V1 form.', drop: true },
  'override-pooler-config': { instead: 'Write pooler-config.', rename: 'pooler-config' },
  'cuda-graph-sizes': { instead: 'Write cudagraph-capture-sizes.', rename: 'cudagraph-capture-sizes' },
  'disable-log-requests': { instead: 'Write no-enable-log-requests.', rename: 'no-enable-log-requests' },
  'no-disable-log-requests': { instead: 'Write enable-log-requests.', rename: 'enable-log-requests' },
  'disable-async-output-proc': { instead: 'Remove it: it has no successor.', drop: true },
  'preemption-mode': { instead: 'Remove it: there is one way of preemption now.', drop: true },
  'scheduler-delay-factor': { instead: 'Remove it: it has no successor.', drop: true },
  'num-lookahead-slots': { instead: 'Remove it: speculative decoding sets it itself.', drop: true },
  'rope-scaling': { instead: 'Write hf-overrides with the key rope_scaling.' },
  'rope-theta': { instead: 'Write hf-overrides with the key rope_theta.' },
  task: { instead: 'Write runner, and convert where the model is adapted.' },
  'disable-mm-preprocessor-cache': { instead: 'Write mm-processor-cache-gb: 0.' },
  'enable-multimodal-encoder-data-parallel': { instead: 'Write mm-encoder-tp-mode: data.' },
  'guided-decoding-backend': { instead: 'Write structured-outputs-config with the key backend.' },
  'guided-decoding-disable-fallback': { instead: 'Write structured-outputs-config with the key disable_fallback.' },
  'guided-decoding-disable-any-whitespace': {
    instead: 'Write structured-outputs-config with the key disable_any_whitespace.',
  },
  'guided-decoding-disable-additional-properties': {
    instead: 'Write structured-outputs-config with the key disable_additional_properties.',
  },
  'num-redundant-experts': { instead: 'Write eplb-config with the key num_redundant_experts.' },
  'eplb-window-size': { instead: 'Write eplb-config with the key window_size.' },
  'eplb-step-interval': { instead: 'Write eplb-config with the key step_interval.' },
  'eplb-log-balancedness': { instead: 'Write eplb-config with the key log_balancedness.' },
};

/** The successor of an argument, or undefined where none is known. */
export function findSuccessor(name: string): Successor | undefined {
  return Object.hasOwn(SUCCESSORS, name) ? SUCCESSORS[name] : undefined;
}
