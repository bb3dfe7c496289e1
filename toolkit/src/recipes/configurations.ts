import { ENGINES, type Engine, type YamlPath } from 'aim-runtime/profile';
import type { RecipeArguments, RecipeFile } from '../generated/recipe.js';

/** One way to serve a recipe's model: an engine on a number of GPUs. */
export interface RecipeConfiguration {
  readonly engine: Engine;
  readonly gpuCount: number;
  readonly enabled: boolean;
  readonly args: RecipeArguments;
  /** Keys that lead to it in the file. */
  readonly path: YamlPath;
}

/** Key of a recipe that holds an engine's configurations. */
export function serveKey(engine: Engine): 'vllm_serve' | 'sglang_serve' {
  return engine === 'vllm' ? 'vllm_serve' : 'sglang_serve';
}

/** All configurations of a recipe, enabled or not, by engine and number of GPUs. */
export function listConfigurations(recipe: RecipeFile): RecipeConfiguration[] {
  return ENGINES.flatMap((engine) => {
    const key = serveKey(engine);
    return Object.entries(recipe[key] ?? {})
      .map(([name, { enabled, args = {} }]) => ({
        engine,
        gpuCount: Number.parseInt(name, 10),
        enabled,
        args,
        path: [key, name],
      }))
      .sort((a, b) => a.gpuCount - b.gpuCount);
  });
}
