import type { AimError } from 'aim-runtime/system';
import type { Endpoint } from '../engine/endpoint.ts';
import { EXIT_CODES, failure, type ToolkitErrorCode } from '../exit-codes.ts';
import { renderFailureJson, toFailure, type FailureReport } from './failure.ts';

/** An endpoint with which a command did not get to its end. */
export interface FailedEndpoint {
  readonly name: string;
  readonly model: string;
  readonly error: FailureReport['error'];
}

/** What became of several endpoints. */
export interface Settled<Result> {
  readonly done: readonly Result[];
  readonly failed: readonly FailedEndpoint[];
}

/**
 * Does the same with several endpoints at once; one that fails does not keep the others from their end. The failure of
 * the only one is thrown. @throws AimError
 */
export async function settleAll<Result>(
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
  act: (endpoint: Endpoint) => Promise<Result>,
): Promise<Settled<Result>> {
  const done: Result[] = [];
  const failed: FailedEndpoint[] = [];
  const ends = await Promise.allSettled(endpoints.map(act));
  for (const [index, endpoint] of endpoints.entries()) {
    const end = ends[index];
    if (end?.status === 'fulfilled') done.push(end.value);
    if (end?.status !== 'rejected') continue;
    if (endpoints.length === 1 && signal.aborted) throw signal.reason;
    const error = withName(endpoint, toFailure(signal.aborted ? signal.reason : end.reason, []));
    if (endpoints.length === 1) throw error;
    failed.push({ name: endpoint.name, model: endpoint.model, ...renderFailureJson(error) });
  }
  return { done, failed };
}

/** Exit status of a command for several endpoints: 0, that of an interrupt, or that of the first failure. */
export function settledStatus(failed: readonly FailedEndpoint[]): number {
  const codes = failed.map(({ error }) => error.code);
  const code = codes.includes('interrupted') ? 'interrupted' : codes[0];
  return code === undefined ? 0 : EXIT_CODES[code];
}

/** The text for those that were done, which also says that there were none, and a line for each that failed. */
export function renderSettled<Result>({ done, failed }: Settled<Result>, renderDone: () => string): string {
  const lines = failed.map(({ error: { message, hint } }) => (hint === null ? message : `${message}. ${hint}`));
  return [...(done.length > 0 || failed.length === 0 ? [renderDone()] : []), ...lines].join('\n');
}

/** Says of which endpoint a failure is: there may be several at once. */
function withName({ name }: Endpoint, error: AimError<ToolkitErrorCode>): AimError<ToolkitErrorCode> {
  const { code, message, details, hint } = error;
  if (message.includes(name)) return error;
  const parts = { message: `${name}: ${message}`, details, cause: error };
  return failure(code, hint === undefined ? parts : { ...parts, hint });
}
