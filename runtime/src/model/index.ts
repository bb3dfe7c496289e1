export { findCachedModel } from './cache.ts';
export type { CachedModel, CacheLayout, CacheLookup } from './cache.ts';
export { isOffline } from './offline.ts';
export { EVERYTHING_NEEDED } from './patterns.ts';
export type { FileChoice } from './patterns.ts';
export { preferCached } from './prefer-cached.ts';
export { parseModelSource } from './source.ts';
export type { ModelSource } from './source.ts';
