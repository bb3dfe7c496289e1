const blamed = new WeakSet<Error>();

/** Notes that a failure is due to the engine that was served, not to what surrounds it, and returns it. */
export function blameEngine<Failure extends Error>(failure: Failure): Failure {
  blamed.add(failure);
  return failure;
}

/** Whether {@link blameEngine} was told of this failure: to serve the same again would fail again. */
export function isEngineFailure(failure: Error): boolean {
  return blamed.has(failure);
}
