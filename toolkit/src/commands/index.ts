import { Attest } from './attest.ts';
import { BenchCheck } from './bench/check.ts';
import { BenchClassify } from './bench/classify.ts';
import { BenchCompare } from './bench/compare.ts';
import { Bench } from './bench/index.ts';
import { BenchSimulate } from './bench/simulate.ts';
import { BenchReport } from './bench/report.ts';
import { BenchTune } from './bench/tune.ts';
import { BenchView } from './bench/view.ts';
import { BuildBase } from './build-base.ts';
import { BuildModel } from './build-model.ts';
import { CacheAdd } from './cache/add.ts';
import { CacheCleanup } from './cache/cleanup.ts';
import { CacheList } from './cache/list.ts';
import { CacheRemove } from './cache/remove.ts';
import { CacheVerify } from './cache/verify.ts';
import { Docs } from './docs.ts';
import { DeployDelete } from './deploy/delete.ts';
import { Deploy } from './deploy/deploy.ts';
import { DeployStatus } from './deploy/status.ts';
import { Doctor } from './doctor.ts';
import { ENDPOINT_COMMANDS } from './endpoints.ts';
import { Estimate } from './estimate.ts';
import { Images } from './images.ts';
import { Lint } from './lint.ts';
import { Plan } from './plan.ts';
import { Promote } from './promote.ts';
import { Push } from './push.ts';
import { Release } from './release.ts';
import { Rollback } from './rollback.ts';
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
import { Scan } from './scan.ts';
import { Tag } from './tag.ts';
import { Verify } from './verify.ts';
import { VersionCommand } from './version.ts';
import { SchemaExtract } from './schema/extract.ts';

/** Every command by its name; the one table oclif reads. */
export const COMMANDS = {
  attest: Attest,
  bench: Bench,
  'bench:simulate': BenchSimulate,
  'bench:check': BenchCheck,
  'bench:classify': BenchClassify,
  'bench:compare': BenchCompare,
  'bench:report': BenchReport,
  'bench:tune': BenchTune,
  'bench:view': BenchView,
  'build-base': BuildBase,
  'build-model': BuildModel,
  'cache:add': CacheAdd,
  'cache:cleanup': CacheCleanup,
  'cache:list': CacheList,
  'cache:remove': CacheRemove,
  'cache:verify': CacheVerify,
  docs: Docs,
  deploy: Deploy,
  'deploy:delete': DeployDelete,
  'deploy:status': DeployStatus,
  doctor: Doctor,
  estimate: Estimate,
  images: Images,
  lint: Lint,
  plan: Plan,
  promote: Promote,
  push: Push,
  release: Release,
  rollback: Rollback,
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
  scan: Scan,
  tag: Tag,
  verify: Verify,
  version: VersionCommand,
  'schema:extract': SchemaExtract,
  ...ENDPOINT_COMMANDS,
};
