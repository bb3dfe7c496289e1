import { asyncScheduling } from './async-scheduling.ts';
import { attentionHeads } from './attention-heads.ts';
import { batchedTokens } from './batched-tokens.ts';
import { contextLength } from './context-length.ts';
import { dtypeCheckpoint } from './dtype-checkpoint.ts';
import { duplicateId } from './duplicate-id.ts';
import { duplicateKey } from './duplicate-key.ts';
import { engineArgConflict } from './engine-arg-conflict.ts';
import { engineArgDeprecated } from './engine-arg-deprecated.ts';
import { engineArgEnds } from './engine-arg-ends.ts';
import { engineArgFalse } from './engine-arg-false.ts';
import { engineArgRange } from './engine-arg-range.ts';
import { engineArgRemoved } from './engine-arg-removed.ts';
import { engineArgRequires } from './engine-arg-requires.ts';
import { engineArgReserved } from './engine-arg-reserved.ts';
import { engineArgSpelling } from './engine-arg-spelling.ts';
import { engineArgTwice } from './engine-arg-twice.ts';
import { engineArgUnknown } from './engine-arg-unknown.ts';
import { engineArgValue } from './engine-arg-value.ts';
import { envVarEnds } from './env-var-ends.ts';
import { envVarRemoved } from './env-var-removed.ts';
import { envVarString } from './env-var-string.ts';
import { envVarUnknown } from './env-var-unknown.ts';
import { envVarValue } from './env-var-value.ts';
import { fileName } from './file-name.ts';
import { fileUnread } from './file-unread.ts';
import { folderAimId } from './folder-aim-id.ts';
import { gpuArchs } from './gpu-archs.ts';
import { gpuCount } from './gpu-count.ts';
import { keyOrder } from './key-order.ts';
import { kvCacheDtype } from './kv-cache-dtype.ts';
import { labelParse } from './label-parse.ts';
import { layerIds } from './layer-ids.ts';
import { memoryFit } from './memory-fit.ts';
import { metadataMissing } from './metadata-missing.ts';
import { optimizedEvidence } from './optimized-evidence.ts';
import { precisionCheckpoint } from './precision-checkpoint.ts';
import { precisionDtype } from './precision-dtype.ts';
import { precisionNative } from './precision-native.ts';
import { recipe } from './recipe.ts';
import { recommendedClaim } from './recommended-claim.ts';
import { recommendedComplete } from './recommended-complete.ts';
import { recommendedProfile } from './recommended-profile.ts';
import { schema } from './schema.ts';
import { schemaEngineArg } from './schema-engine-arg.ts';
import { schemaKeyword } from './schema-keyword.ts';
import { schemaRef } from './schema-ref.ts';
import { secretValue } from './secret-value.ts';
import { selectionAmbiguous } from './selection-ambiguous.ts';
import { selectionEmpty } from './selection-empty.ts';
import { swapSpace } from './swap-space.ts';
import { tuningAtStart } from './tuning-at-start.ts';
import { unknownKey } from './unknown-key.ts';
import { userPath } from './user-path.ts';
import { yamlSyntax } from './yaml-syntax.ts';
import { DISABLE_RULES } from '../disable.ts';
import type { Rule } from '../rule.ts';

/** Every rule, in the order of their ids. */
export const RULES: readonly Rule[] = [
  asyncScheduling,
  attentionHeads,
  batchedTokens,
  contextLength,
  dtypeCheckpoint,
  duplicateId,
  duplicateKey,
  engineArgConflict,
  engineArgDeprecated,
  engineArgEnds,
  engineArgFalse,
  engineArgRange,
  engineArgRemoved,
  engineArgRequires,
  engineArgReserved,
  engineArgSpelling,
  engineArgTwice,
  engineArgUnknown,
  engineArgValue,
  envVarEnds,
  envVarRemoved,
  envVarString,
  envVarUnknown,
  envVarValue,
  fileName,
  fileUnread,
  folderAimId,
  gpuArchs,
  gpuCount,
  keyOrder,
  kvCacheDtype,
  labelParse,
  layerIds,
  memoryFit,
  metadataMissing,
  optimizedEvidence,
  precisionCheckpoint,
  precisionDtype,
  precisionNative,
  recipe,
  recommendedClaim,
  recommendedComplete,
  recommendedProfile,
  schema,
  schemaEngineArg,
  schemaKeyword,
  schemaRef,
  secretValue,
  selectionAmbiguous,
  selectionEmpty,
  swapSpace,
  tuningAtStart,
  unknownKey,
  userPath,
  yamlSyntax,
  ...Object.values(DISABLE_RULES),
].sort((a, b) => (a.id < b.id ? -1 : 1));
