export { findCachedModel } from './cache.ts';
export type { CachedModel } from './cache.ts';
export { parseModelSource } from './source.ts';
export type { ModelSource } from './source.ts';
