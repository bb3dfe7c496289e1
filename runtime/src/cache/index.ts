/** Public surface of `aim-runtime/cache`: filling and checking a model cache. A start of the engine needs none of it. */
export { findCachedModel } from '../model/cache.ts';
export type { CachedModel, CacheLayout } from '../model/cache.ts';
export { acquireLock } from '../model/lock.ts';
export type { HeldLock, LockOwner, LockTiming } from '../model/lock.ts';
export { readManifest } from '../model/manifest.ts';
export type { Manifest } from '../model/manifest.ts';
export { obtainModel } from '../model/obtain.ts';
export type { ModelRequest } from '../model/obtain.ts';
export { createProgress, renderProgress } from '../model/progress.ts';
export { FOLDER_WORK, HUB_WORK, MANIFEST_NAME } from '../model/places.ts';
export { parseModelSource } from '../model/source.ts';
export { verifyModel, withdrawMarker } from '../model/verify.ts';
export type { VerifyReport } from '../model/verify.ts';
