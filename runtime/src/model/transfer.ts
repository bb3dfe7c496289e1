/** All that is needed to fetch or verify a model: loaded by dynamic import, because most starts do neither. */
export { remoteSizeBytes } from './listing.ts';
export { findWanted, obtainModel } from './obtain.ts';
export { createProgress, renderProgress } from './progress.ts';
export { verifyModel, withdrawMarker } from './verify.ts';
