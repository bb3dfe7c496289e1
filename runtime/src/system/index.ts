export { AimError, messageOf, systemCode } from './errors.ts';
export type { ErrorParts } from './errors.ts';
export { createExec } from './exec.ts';
export type { Exec, ExecResult } from './exec.ts';
export { createLog, LOG_LEVELS } from './log.ts';
export type { Log, LogFields, LogFormat, LogLevel, LogOptions } from './log.ts';
export { nearest, nearestNames } from './nearest.ts';
export { createRedactor, isSecretName, REDACTED, redactRecord, redactShapes } from './redact.ts';
