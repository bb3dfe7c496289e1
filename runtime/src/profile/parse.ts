import validate from '../generated/profile.js';
import { describeSchemaErrors, positionOf } from './schema-problems.ts';
import { profileId } from './identity.ts';
import { createPlainYamlReader } from './plain-yaml.ts';
import { parseYaml } from './yaml.ts';
import { createYamlIndex } from './yaml-position.ts';
import type { ProfileFile } from './find-files.ts';
import type { EngineArgs, Profile, ProfileMetadata, ProfileProblem } from './types.ts';

export type ParseResult =
  | { readonly ok: true; readonly profile: Profile; readonly warnings: readonly ProfileProblem[] }
  | { readonly ok: false; readonly problems: readonly ProfileProblem[] };

/** Turns a file's text into a profile or into what is wrong with it. */
export type ProfileParser = (file: ProfileFile, text: string) => ParseResult;

/** A valid file's content; both generations of metadata keys. */
interface RawProfile {
  readonly aim_id?: string | null;
  readonly model_id?: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly engine_args?: EngineArgs | null;
  readonly env_vars?: Readonly<Record<string, string>> | null;
}

/** Builds a parser; it remembers the lines it has seen, so one parser should read a whole set of files. */
export function createProfileParser(): ProfileParser {
  const readPlain = createPlainYamlReader();
  return (file, text) => {
    const plain = readPlain(text);
    const yaml = plain === undefined ? parseYaml(text) : { ok: true as const, value: plain, warnings: [] };
    if (!yaml.ok) return { ok: false, problems: [yaml.problem] };
    if (!isMapping(yaml.value)) return { ok: false, problems: [notAMapping(yaml.value)] };
    if (!validate(yaml.value))
      return { ok: false, problems: describeSchemaErrors(validate.errors ?? [], yaml.value, text) };
    return (
      layerProblems(file, yaml.value, text) ?? {
        ok: true,
        profile: toProfile(file, yaml.value),
        warnings: yaml.warnings,
      }
    );
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notAMapping(value: unknown): ProfileProblem {
  const seen = value === null || value === undefined ? 'empty' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  return {
    message: `a profile is a mapping with metadata, engine_args and env_vars; this file is ${seen}`,
    line: 1,
    column: 1,
  };
}

/** Only the model layer must say which model a profile is for; general profiles must not. */
function layerProblems(file: ProfileFile, value: object, text: string): ParseResult | undefined {
  if (file.layer === 'custom') return undefined;
  const problems: ProfileProblem[] = [];
  for (const key of ['aim_id', 'model_id']) {
    const present = key in value;
    if (file.layer === 'model' && !present) {
      problems.push({ message: `${key} is missing`, line: 1, column: 1, hint: 'profiles of a model name it' });
    } else if (file.layer === 'general' && present) {
      problems.push({
        message: `${key} does not belong in a general profile`,
        ...positionOf(createYamlIndex(text), [key]),
      });
    }
  }
  return problems.length === 0 ? undefined : { ok: false, problems };
}

function toProfile(file: ProfileFile, source: Record<string, unknown>): Profile {
  const raw = source as unknown as RawProfile;
  const aimId = raw.aim_id ?? undefined;
  return {
    id: profileId(file.layer, file.name, aimId),
    path: file.path,
    layer: file.layer,
    aimId,
    modelId: raw.model_id ?? undefined,
    metadata: toMetadata(raw.metadata, file),
    engineArgs: raw.engine_args ?? {},
    envVars: raw.env_vars ?? {},
    source,
  };
}

function toMetadata(raw: RawProfile['metadata'], file: ProfileFile): ProfileMetadata {
  return {
    engine: raw['engine'] as ProfileMetadata['engine'],
    gpu: (raw['gpu'] ?? raw['accelerator_model']) as string,
    precision: raw['precision'] as ProfileMetadata['precision'],
    gpuCount: (raw['gpu_count'] ?? raw['accelerator_count']) as number,
    metric: raw['metric'] as ProfileMetadata['metric'],
    manualSelectionOnly: raw['manual_selection_only'] === true,
    type:
      (raw['type'] as ProfileMetadata['type'] | undefined) ?? (file.layer === 'general' ? 'general' : 'unoptimized'),
  };
}
