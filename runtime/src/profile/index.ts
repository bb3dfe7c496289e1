export { explainFailure, changesFor, countStates } from './explain.ts';
export { profileId, profileName } from './identity.ts';
export { findProfileFiles } from './find-files.ts';
export type { ProfileFile, SearchPath } from './find-files.ts';
export { describeProblem, loadProfiles, readProfile } from './load.ts';
export type { ProfileSet } from './load.ts';
export { checkBaseMetadata, checkModelMetadata, parseBaseMetadata, parseModelMetadata } from './model-metadata.ts';
export type { BaseMetadataFile, MetadataResult, ModelMetadataFile } from './model-metadata.ts';
export { createProfileParser } from './parse.ts';
export type { ParseResult, ProfileParser } from './parse.ts';
export { comparePreference, layerPriority } from './preference.ts';
export { selectProfile, STATES } from './select.ts';
export type {
  CompatibilityState,
  Evaluation,
  GpuTarget,
  Reason,
  ReasonCode,
  Selection,
  SelectionRequest,
} from './select.ts';
export * from './types.ts';
export { createPlainYamlReader } from './plain-yaml.ts';
export { findSchemaErrors } from './schema-errors.ts';
export type { CheckedKind } from './schema-errors.ts';
export { describeSchemaErrors } from './schema-problems.ts';
export type { SchemaError } from './schema-problems.ts';
export { parseYaml } from './yaml.ts';
export { createYamlIndex } from './yaml-position.ts';
export type { TextPosition, TextSpan, YamlIndex, YamlPath, YamlPlace } from './yaml-position.ts';
