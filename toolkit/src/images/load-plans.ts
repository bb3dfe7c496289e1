import { statSync } from 'node:fs';
import { failure } from '../exit-codes.ts';
import { listSchemas, loadGeneralProfiles, loadMetadata, loadModelProfiles, resolveModels } from './catalog.ts';
import type { LayoutVersion } from './labels.ts';
import type { NamingOptions } from './names.ts';
import { planBaseImage, planModelImage, type ImagePlan, type SourceStamp } from './plan.ts';

/** What base and model images have in common. */
interface Common {
  /** Version of this program. */
  readonly version: string;
  /** Reference of the image to build on. */
  readonly base: string;
  readonly naming: NamingOptions;
  readonly stamp: SourceStamp;
  readonly layoutVersion: LayoutVersion;
  /** Profiles folder. */
  readonly profiles: string;
}

export interface BaseRequest extends Common {
  readonly schemas: string;
  /** The runtime's executable file; undefined when none was found. */
  readonly runtime: string | undefined;
}

export interface ModelsRequest extends Common {
  readonly models: { readonly names: readonly string[]; readonly all: boolean };
}

/** Reads what a base image consists of and plans it. @throws AimError usage, check-failed or environment */
export function loadBasePlan(request: BaseRequest): ImagePlan {
  const { profiles, schemas, ...rest } = request;
  return planBaseImage({
    ...rest,
    runtime: checkRuntime(request.runtime),
    metadata: loadMetadata(profiles, 'base'),
    generalProfiles: loadGeneralProfiles(profiles),
    schemas: listSchemas(schemas),
  });
}

/** Reads the chosen models' profiles and plans one image each. @throws AimError usage or check-failed */
export function loadModelPlans({ models, profiles, ...rest }: ModelsRequest): ImagePlan[] {
  const plans = resolveModels(profiles, models).map((aimId) =>
    planModelImage({
      ...rest,
      aimId,
      metadata: loadMetadata(profiles, aimId),
      profiles: loadModelProfiles(profiles, aimId),
    }),
  );
  refuseSharedReferences(plans);
  return plans;
}

function checkRuntime(runtime: string | undefined): string {
  if (runtime === undefined) {
    throw failure('environment', {
      message: 'the executable aim-runtime, which goes into the base image, was not found',
      hint: 'Run `npm run build` in the repository, or name the file with --runtime.',
    });
  }
  const found = statSync(runtime, { throwIfNoEntry: false });
  if (found?.isFile() === true && found.size > 0) return runtime;
  throw failure('environment', {
    message: `${runtime} is no executable file`,
    hint: 'Run `npm run build` in the repository, or name another file with --runtime.',
  });
}

/** Two models whose names differ only in punctuation would overwrite each other's image. */
function refuseSharedReferences(plans: readonly ImagePlan[]): void {
  const owners = new Map<string, ImagePlan>();
  for (const plan of plans) {
    const other = owners.get(plan.reference);
    if (other !== undefined) {
      throw failure('usage', {
        message: `${other.aimId ?? other.kind} and ${plan.aimId ?? plan.kind} would both become ${plan.reference}`,
        hint: 'Build them one by one with different --tag values, or leave out --tag.',
      });
    }
    owners.set(plan.reference, plan);
  }
}
