import { BuildBase } from './build-base.ts';
import { BuildModel } from './build-model.ts';
import { CacheAdd } from './cache/add.ts';
import { CacheCleanup } from './cache/cleanup.ts';
import { CacheList } from './cache/list.ts';
import { CacheRemove } from './cache/remove.ts';
import { CacheVerify } from './cache/verify.ts';
import { Doctor } from './doctor.ts';
import { ENDPOINT_COMMANDS } from './endpoints.ts';
import { Estimate } from './estimate.ts';
import { Images } from './images.ts';
import { Lint } from './lint.ts';
import { Plan } from './plan.ts';
import { Push } from './push.ts';
import { ModelCards } from './model/cards.ts';
import { ModelList } from './model/list.ts';
import { ModelShow } from './model/show.ts';
import { ModelValidate } from './model/validate.ts';
import { RecipeExport } from './recipe/export.ts';
import { RecipeImport } from './recipe/import.ts';
import { RecipeValidate } from './recipe/validate.ts';
import { ProfileClone } from './profile/clone.ts';
import { ProfileDiff } from './profile/diff.ts';
import { ProfileFmt } from './profile/fmt.ts';
import { ProfileList } from './profile/list.ts';
import { ProfileNew } from './profile/new.ts';
import { Verify } from './verify.ts';
import { SchemaExtract } from './schema/extract.ts';

/** Every command by its name; the one table oclif reads. */
export const COMMANDS = {
  'build-base': BuildBase,
  'build-model': BuildModel,
  'cache:add': CacheAdd,
  'cache:cleanup': CacheCleanup,
  'cache:list': CacheList,
  'cache:remove': CacheRemove,
  'cache:verify': CacheVerify,
  doctor: Doctor,
  estimate: Estimate,
  images: Images,
  lint: Lint,
  plan: Plan,
  push: Push,
  'model:cards': ModelCards,
  'model:list': ModelList,
  'model:show': ModelShow,
  'model:validate': ModelValidate,
  'recipe:export': RecipeExport,
  'recipe:import': RecipeImport,
  'recipe:validate': RecipeValidate,
  'profile:clone': ProfileClone,
  'profile:diff': ProfileDiff,
  'profile:fmt': ProfileFmt,
  'profile:list': ProfileList,
  'profile:new': ProfileNew,
  verify: Verify,
  'schema:extract': SchemaExtract,
  ...ENDPOINT_COMMANDS,
};
