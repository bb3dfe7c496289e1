import type { Engine } from 'aim-runtime/profile';
import { checkDocument, type CheckedDocument, type DocumentProblem } from '../documents/check.ts';
import validateRecipe, { type RecipeFile } from '../generated/recipe.js';
import { listConfigurations } from './configurations.ts';
import { possibleSlugs, recipeId } from './names.ts';

/** What a recipe is checked for, in this order. */
export const RECIPE_CHECKS = ['schema', 'recipe-id', 'model-id', 'enabled', 'tensor-parallel'] as const;

type Document = CheckedDocument<RecipeFile>;
type Check = (recipe: RecipeFile, document: Document, fileName: string) => DocumentProblem[];

/** Flags that name the model, by engine. */
export const MODEL_FLAGS: Readonly<Record<Engine, readonly string[]>> = {
  vllm: ['--model'],
  sglang: ['--model-path', '--model'],
};
/** Flags that say on how many GPUs each layer is split. */
const TENSOR_PARALLEL = ['--tensor-parallel-size', '--tp-size', '--tp'];

/** Checks a recipe's text; `fileName` is without folders. Everything beyond the schema needs data that fits it. */
export function checkRecipe(text: string, fileName: string): Document {
  const document = checkDocument(text, validateRecipe);
  const { data } = document;
  if (!data) return document;
  const found = [checkId, checkModel, checkEnabled, checkTensorParallel].flatMap((check: Check) =>
    check(data, document, fileName),
  );
  return { ...document, problems: [...document.problems, ...found] };
}

const checkId: Check = (recipe, { locate }, fileName) => {
  const name = fileName.replace(/\.ya?ml$/, '');
  const at = locate(['recipe_id'], 'value');
  const problem = { check: 'recipe-id', ...at };
  if (recipe.recipe_id !== name) {
    const message = `recipe_id is ${recipe.recipe_id}, but the file is named ${fileName}`;
    return [{ ...problem, severity: 'error', message, hint: `write ${name}, or rename the file` }];
  }
  const names = possibleSlugs(recipe.model_id).map((slug) => recipeId(slug, recipe.hardware, recipe.precision));
  if (names.includes(name) && fileName.endsWith('.yaml')) return [];
  const message = `launch will not find ${fileName}: it looks for <model>-<hardware>-<precision>.yaml`;
  return [{ ...problem, severity: 'warning', message, hint: `for example ${names[0] ?? ''}.yaml` }];
};

const checkModel: Check = (recipe, { locate }) => {
  const problem = { check: 'model-id', severity: 'error' as const };
  const ids: DocumentProblem[] =
    recipe.model_id === recipe.huggingface_id
      ? []
      : [
          {
            ...problem,
            ...locate(['huggingface_id'], 'value'),
            message: `huggingface_id is ${recipe.huggingface_id}, model_id is ${recipe.model_id}: they must be the same`,
          },
        ];
  const flags = listConfigurations(recipe).flatMap(({ engine, args, path }) =>
    MODEL_FLAGS[engine].flatMap((flag): DocumentProblem[] => {
      const value = args[flag];
      if (value === undefined || value === recipe.model_id) return [];
      const message = `${flag} is ${String(value)}, model_id is ${recipe.model_id}: they must be the same`;
      return [{ ...problem, ...locate([...path, 'args', flag], 'value'), message }];
    }),
  );
  return [...ids, ...flags];
};

const checkEnabled: Check = (recipe, { locate }) => {
  const configurations = listConfigurations(recipe);
  if (configurations.some(({ enabled }) => enabled)) return [];
  const [first] = configurations;
  return [
    {
      check: 'enabled',
      severity: 'error',
      ...locate(first ? [...first.path, 'enabled'] : ['recipe_id']),
      message: first
        ? 'no configuration is enabled'
        : 'there is no configuration: vllm_serve and sglang_serve are empty',
      hint: 'enable at least one',
    },
  ];
};

const checkTensorParallel: Check = (recipe, { locate }) =>
  listConfigurations(recipe).flatMap(({ gpuCount, args, path }): DocumentProblem[] => {
    const flag = TENSOR_PARALLEL.find((each) => args[each] !== undefined);
    const value = flag === undefined ? '1' : String(args[flag]).trim();
    if (value === String(gpuCount)) return [];
    const at = flag === undefined ? locate(path) : locate([...path, 'args', flag], 'value');
    const said = flag === undefined ? 'there is no --tensor-parallel-size, which means 1' : `${flag} is ${value}`;
    const message = `${said}, but ${path.join('.')} is for ${gpuCount} ${gpuCount === 1 ? 'GPU' : 'GPUs'}`;
    return [{ check: 'tensor-parallel', severity: 'error', ...at, message }];
  });
