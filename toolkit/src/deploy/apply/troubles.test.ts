import { describe, expect, it } from 'vitest';
import type { Pod } from '../../kubernetes/resources.ts';
import { findTrouble } from './troubles.ts';

const NOW_MS = Date.parse('2026-01-01T12:00:00Z');
const pod = (reason: string, message = 'Back-off pulling image "x"'): Pod => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
  status: { containerStatuses: [{ name: 'server', state: { waiting: { reason, message } } }] },
});
const failed = (message: string, minutesAgo: number) => ({
  ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'p' } },
  ...{ reason: 'Failed', message, firstTimestamp: new Date(NOW_MS - minutesAgo * 60_000).toISOString() },
});
const trouble = (reason: string, ...events: ReturnType<typeof failed>[]) =>
  findTrouble(pod(reason), { events, claims: [], nowMs: NOW_MS });

describe('an image that cannot be pulled', () => {
  it.each([
    'rpc error: code = NotFound desc = failed to pull and unpack image "x": not found',
    'failed to authorize: 401 Unauthorized',
    'pull access denied, repository does not exist or may require authorization',
    'manifest unknown',
    'failed to parse image name: invalid reference format',
  ])('stays so when its registry says that it always will: %s', (message) => {
    const said = `Failed to pull image "x": ${message}`;
    expect(trouble('ImagePullBackOff', failed('Error: ErrImagePull', 0), failed(said, 0))).toMatchObject({
      ...{ kind: 'image', lasting: true, message: expect.stringContaining(message) as string },
    });
  });

  it.each([
    'rpc error: code = Unknown desc = failed to pull and unpack image "x": read: connection reset by peer',
    'dial tcp: lookup registry.example: i/o timeout',
    'toomanyrequests: You have reached your pull rate limit',
    'received unexpected HTTP status: 503 Service Unavailable',
  ])('may be pulled at the next attempt: %s', (message) => {
    const said = `Failed to pull image "x": ${message}`;
    expect(trouble('ImagePullBackOff', failed(said, 1))).toMatchObject({ kind: 'image', lasting: false });
    expect(trouble('ErrImagePull', failed(said, 4))).toMatchObject({ lasting: false });
    expect(trouble('ImagePullBackOff', failed(said, 6))).toMatchObject({ lasting: true });
  });

  it('is waited for while nothing is said, and never where its name is none', () => {
    expect(trouble('ImagePullBackOff')).toMatchObject({ lasting: false });
    expect(trouble('InvalidImageName')).toMatchObject({ lasting: true });
  });
});
