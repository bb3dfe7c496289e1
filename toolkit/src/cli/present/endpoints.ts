import type { EndpointReport } from '../../engine/observe.ts';
import type { RestartedEndpoint } from '../../engine/restart.ts';
import type { EndpointStatus } from '../../engine/status.ts';
import type { StoppedEndpoint } from '../../engine/stop.ts';
import { renderBytes } from './bytes.ts';
import { renderDuration } from './duration.ts';
import { renderTable } from './table.ts';

const NOTHING = 'There are no endpoints on this host. Launch one with: aimctl launch ORG/MODEL';
const UNKNOWN = '-';

/** Table of endpoints. */
export function renderEndpoints({ endpoints }: { readonly endpoints: readonly EndpointReport[] }): string {
  if (endpoints.length === 0) return NOTHING;
  const rows = endpoints.map((each) => [
    each.name,
    each.health,
    each.model,
    each.profile,
    `${each.gpus.length} x ${each.gpuModel}`,
    String(each.port),
    each.uptimeSeconds === null ? UNKNOWN : renderDuration(each.uptimeSeconds),
    each.load?.tokensPerSecond === null || each.load === null ? UNKNOWN : each.load.tokensPerSecond.toFixed(1),
    each.load === null ? UNKNOWN : `${each.load.running} + ${each.load.waiting}`,
  ]);
  return renderTable(
    ['NAME', 'HEALTH', 'MODEL', 'PROFILE', 'GPUS', 'PORT', 'UP', 'TOKENS/S', 'RUNNING + QUEUED'],
    rows,
  );
}

/** Everything known of some endpoints. */
export function renderStatus({ endpoints }: { readonly endpoints: readonly EndpointStatus[] }): string {
  return endpoints.length === 0 ? NOTHING : endpoints.map(renderOne).join('\n\n');
}

function renderOne(endpoint: EndpointStatus): string {
  const { load, uptimeSeconds, detail } = endpoint;
  const memory = endpoint.gpuMemory.map(
    ({ id, usedBytes, totalBytes }) =>
      `${id} ${usedBytes === null ? '?' : renderBytes(usedBytes)} of ${totalBytes === null ? '?' : renderBytes(totalBytes)}`,
  );
  const lines = [
    ['health', detail === null ? endpoint.health : `${endpoint.health}: ${detail}`],
    ['model', endpoint.model],
    ['url', endpoint.url ?? UNKNOWN],
    ['profile', `${endpoint.profile}, ${endpoint.backend} in ${endpoint.precision} for ${endpoint.metric}`],
    ['GPUs', `${endpoint.gpus.length} x ${endpoint.gpuModel}${memory.length > 0 ? ` (${memory.join(', ')})` : ''}`],
    ['image', endpoint.image],
    ['container', `${endpoint.containerId.slice(0, 12)} (${endpoint.state})`],
    ['up', uptimeSeconds === null ? UNKNOWN : renderDuration(uptimeSeconds)],
    ['requests', load === null ? UNKNOWN : `${load.running} running, ${load.waiting} queued`],
    ['tokens/s', load === null || load.tokensPerSecond === null ? UNKNOWN : load.tokensPerSecond.toFixed(1)],
    ['cache', load === null || load.cacheUse === null ? UNKNOWN : `${(load.cacheUse * 100).toFixed(1)} % in use`],
  ];
  return [endpoint.name, ...lines.map(([name = '', value = '']) => `  ${name.padEnd(9)}  ${value}`)].join('\n');
}

const DRAINED: Readonly<Record<StoppedEndpoint['drain'], string>> = {
  idle: 'no request was cut off',
  limit: 'requests that took longer than --drain were cut off',
  unknown: 'its requests could not be counted',
  supervised: 'it finished its requests itself',
  down: 'it did not serve',
  skipped: 'running requests were cut off',
};

/** One line for each endpoint that was stopped. */
export function renderStopped({ stopped }: { readonly stopped: readonly StoppedEndpoint[] }): string {
  if (stopped.length === 0) return NOTHING;
  return stopped
    .map(({ name, drain, removed, elapsedMs }) => {
      const what = removed ? 'stopped and removed' : 'stopped; start it again with restart';
      return `${name}: ${what} (${DRAINED[drain]}, ${(elapsedMs / 1000).toFixed(1)} s)`;
    })
    .join('\n');
}

/** One line for each endpoint that was started anew. */
export function renderRestarted({ restarted }: { readonly restarted: readonly RestartedEndpoint[] }): string {
  if (restarted.length === 0) return NOTHING;
  return restarted
    .map(
      ({ name, url, drain, elapsedMs }) =>
        `${name}: serves at ${url} (${DRAINED[drain]}, ${(elapsedMs / 1000).toFixed(1)} s)`,
    )
    .join('\n');
}
