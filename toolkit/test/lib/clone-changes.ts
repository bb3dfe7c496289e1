import type { CloneChanges } from '../../src/profiles/clone.ts';

/** A copy that changes nothing. */
export const NO_CHANGES: CloneChanges = {
  gpu: undefined,
  precision: undefined,
  gpuCount: undefined,
  metric: undefined,
  modelId: undefined,
  automatic: false,
};
