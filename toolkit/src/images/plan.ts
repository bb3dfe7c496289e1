import {
  BASE_DIGEST_LABEL,
  VERSION_LABEL,
  imageLabels,
  type LabelFacts,
  type LabelTree,
  type LayoutVersion,
} from './labels.ts';
import { baseReference, modelReference, releaseLine, type NamingOptions } from './names.ts';

/** Where things are inside every AIM image. */
export const IMAGE_PATHS = {
  workspace: '/workspace',
  runtime: '/workspace/aim-runtime/aim-runtime',
  profiles: '/workspace/aim-runtime/profiles',
  schemas: '/workspace/aim-runtime/schemas',
  modelCache: '/workspace/model-cache',
  home: '/workspace/home',
} as const;

/** The one place that names the image aim-base builds on unless `--base` says otherwise. */
export const DEFAULT_UPSTREAM = 'docker.io/rocm/vllm:rocm7.0.0_vllm_0.11.1_20251103';

/** User and group of the image's process. */
const IMAGE_USER = 1000;

/** A file or folder to be put into an image. `path` is absolute inside the image. */
export type PlannedEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly source: string }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number; readonly owner: number };

/** A file of this host that goes into an image. */
export interface SourceFile {
  /** Path below the folder it is copied to, with `/`. */
  readonly name: string;
  /** Absolute path on this host. */
  readonly source: string;
}

/** What commit the files come from. */
export interface SourceStamp {
  /** Seconds since 1970: SOURCE_DATE_EPOCH, else the commit's time. */
  readonly createdAt: number;
  /** Commit id, `-dirty` appended when files differ from it; empty when unknown. */
  readonly revision: string;
}

/** Everything a builder needs to make one image; data only, printable. */
export interface ImagePlan {
  readonly kind: 'base' | 'model';
  /** `org/model`, for model images. */
  readonly aimId: string | undefined;
  readonly reference: string;
  readonly version: string;
  readonly base: string;
  readonly entries: readonly PlannedEntry[];
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  readonly entrypoint: readonly string[] | undefined;
  /** Seconds since 1970; modification time of every entry. */
  readonly createdAt: number;
}

export interface BasePlanRequest {
  /** Version of this program, MAJOR.MINOR.PATCH. */
  readonly version: string;
  readonly base: string;
  readonly naming: NamingOptions;
  readonly stamp: SourceStamp;
  readonly layoutVersion: LayoutVersion;
  readonly metadata: LabelTree;
  readonly runtime: string;
  readonly generalProfiles: readonly SourceFile[];
  readonly schemas: readonly SourceFile[];
}

/** Plans the base image: the runtime, general profiles and schemas on top of an engine image. */
export function planBaseImage(request: BasePlanRequest): ImagePlan {
  const version = request.naming.tag ?? releaseLine(request.version);
  const { base, stamp, layoutVersion } = request;
  const facts: LabelFacts = { kind: 'base', aimId: undefined, version, base, layoutVersion, ...stamp };
  const files = [
    { kind: 'file' as const, path: IMAGE_PATHS.runtime, mode: 0o755, source: request.runtime },
    ...toEntries(`${IMAGE_PATHS.profiles}/general`, request.generalProfiles),
    ...toEntries(IMAGE_PATHS.schemas, request.schemas),
  ];
  const folders = [
    folder(`${IMAGE_PATHS.profiles}/custom`),
    scratch(IMAGE_PATHS.modelCache),
    scratch(IMAGE_PATHS.home),
  ];
  return {
    kind: 'base',
    aimId: undefined,
    reference: baseReference(request.version, request.naming),
    version,
    base: request.base,
    entries: withParents([...files, ...folders]),
    labels: imageLabels(request.metadata, facts),
    env: {
      AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'true',
      HF_HOME: IMAGE_PATHS.modelCache,
      HF_HUB_DISABLE_TELEMETRY: '1',
      // The user has no entry in /etc/passwd: libraries that ask for its name or home find them here.
      HOME: IMAGE_PATHS.home,
      LOGNAME: 'aim',
      PYTHONUNBUFFERED: '1',
      USER: 'aim',
    },
    workdir: IMAGE_PATHS.workspace,
    user: `${IMAGE_USER}:${IMAGE_USER}`,
    entrypoint: [IMAGE_PATHS.runtime],
    createdAt: request.stamp.createdAt,
  };
}

export interface ModelPlanRequest {
  readonly version: string;
  /** `org/model` as the folder under profiles/ spells it. */
  readonly aimId: string;
  readonly base: string;
  readonly naming: NamingOptions;
  readonly stamp: SourceStamp;
  readonly layoutVersion: LayoutVersion;
  readonly metadata: LabelTree;
  readonly profiles: readonly SourceFile[];
}

/** Plans a model image: that model's profiles on top of aim-base. */
export function planModelImage(request: ModelPlanRequest): ImagePlan {
  const { reference, version } = modelReference(request, request.naming);
  const { aimId, base, stamp, layoutVersion } = request;
  const facts: LabelFacts = { kind: 'model', aimId, version, base, layoutVersion, ...stamp };
  return {
    kind: 'model',
    aimId: request.aimId,
    reference,
    version,
    base: request.base,
    entries: withParents(toEntries(`${IMAGE_PATHS.profiles}/${request.aimId}`, request.profiles)),
    labels: imageLabels(request.metadata, facts),
    env: {
      AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'false',
      AIM_BASE_IMAGE_REF: request.base,
      AIM_ID: request.aimId,
    },
    workdir: undefined,
    user: undefined,
    entrypoint: undefined,
    createdAt: request.stamp.createdAt,
  };
}

/** The plan with the base image's registry digest in its labels; an unknown digest leaves the label empty. */
export function withBaseDigest(plan: ImagePlan, digest: string | undefined): ImagePlan {
  return { ...plan, labels: { ...plan.labels, [BASE_DIGEST_LABEL]: digest ?? '' } };
}

/** The plan under another tag of the same repository, which is also its version unless that is told apart. */
export function withTag(plan: ImagePlan, tag: string, version = tag): ImagePlan {
  const name = plan.reference.slice(0, plan.reference.lastIndexOf(':'));
  return { ...plan, reference: `${name}:${tag}`, version, labels: { ...plan.labels, [VERSION_LABEL]: version } };
}

function toEntries(target: string, files: readonly SourceFile[]): PlannedEntry[] {
  return files.map(({ name, source }) => ({ kind: 'file', path: `${target}/${name}`, mode: 0o644, source }));
}

function folder(path: string): PlannedEntry {
  return { kind: 'directory', path, mode: 0o755, owner: 0 };
}

/** A folder any user id may write to, as containers also run with ids other than the image's own. */
function scratch(path: string): PlannedEntry {
  return { kind: 'directory', path, mode: 0o1777, owner: IMAGE_USER };
}

/** Adds every parent folder, so that none gets the time of the build, and sorts by path. */
function withParents(entries: readonly PlannedEntry[]): PlannedEntry[] {
  const byPath = new Map<string, PlannedEntry>();
  for (const entry of entries) {
    const parts = entry.path.split('/').slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = `/${parts.slice(0, depth).join('/')}`;
      if (!byPath.has(path)) byPath.set(path, folder(path));
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
