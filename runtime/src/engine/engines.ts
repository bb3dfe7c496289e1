import type { Engine } from '../profile/types.ts';

/** What differs between engines when their command is built. */
export interface EngineTraits {
  /** Python module that is the API server. */
  readonly module: string;
  readonly modelFlag: string;
  /** `--served-model-name` takes several names. */
  readonly severalServedNames: boolean;
  /** Arguments that carry a secret, with the variable that does the same; undefined where there is none. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** The server is not reachable from outside unless `host` is set. */
  readonly listensLocally: boolean;
}

export const ENGINE_TRAITS: Readonly<Record<Engine, EngineTraits>> = {
  vllm: {
    module: 'vllm.entrypoints.openai.api_server',
    modelFlag: '--model',
    severalServedNames: true,
    secrets: { 'api-key': 'VLLM_API_KEY', 'hf-token': 'HF_TOKEN' },
    listensLocally: false,
  },
  sglang: {
    module: 'sglang.launch_server',
    modelFlag: '--model-path',
    severalServedNames: false,
    secrets: { 'api-key': undefined },
    listensLocally: true,
  },
};

/** Python module of an engine's API server. */
export function engineModule(engine: Engine): string {
  return ENGINE_TRAITS[engine].module;
}
