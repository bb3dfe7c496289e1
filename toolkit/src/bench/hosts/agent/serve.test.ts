import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ContainerHost, ContainerSummary } from '../../../docker/containers.ts';
import { failure } from '../../../exit-codes.ts';
import { LEASE_LABEL, type ProcessView } from '../lease.ts';
import { serveAgent, type AgentSettings } from './serve.ts';

/** The part of an engine that an agent uses, in memory. */
function createContainers(): {
  host: ContainerHost;
  make: (lease: string, state?: string) => void;
  left: () => string[];
} {
  const all = new Map<string, ContainerSummary>();
  let made = 0;
  const host = {
    list: ([filter = '']: readonly string[]) => {
      const [name = '', value] = filter.split(/=(.*)/);
      const matches = ({ labels }: ContainerSummary) => (value === undefined ? name in labels : labels[name] === value);
      return Promise.resolve([...all.values()].filter(matches));
    },
    remove: (id: string) => {
      all.delete(id);
      return Promise.resolve();
    },
  } as unknown as ContainerHost;
  return {
    host,
    make: (lease, state = 'running') => {
      const id = `c${++made}`;
      all.set(id, { id, name: id, state, labels: { [LEASE_LABEL]: lease } } as unknown as ContainerSummary);
    },
    left: () => [...all.keys()],
  };
}

const view: ProcessView = { bootId: 'b', namespace: '1', startedTicks: (pid) => (pid === 5 ? '50' : undefined) };
const OWN = 'b/1/5/50';

function start(overrides: Partial<AgentSettings> = {}): {
  containers: ReturnType<typeof createContainers>;
  input: PassThrough;
  said: () => unknown[];
  done: Promise<void>;
} {
  const containers = createContainers();
  const input = new PassThrough();
  const lines: string[] = [];
  const done = serveAgent({
    ...{ input, view: () => view, pid: 5 },
    write: (line) => void lines.push(line),
    answers: {
      facts: () => Promise.reject(failure('environment', { message: 'no facts', hint: 'none' })),
      hardware: () => ({ gpus: [], inRuntimeOrder: [], source: 'none', warnings: [] }),
      access: () => ({ paths: [], groups: [], env: {} }),
      folder: () => null,
    },
    connect: () => Promise.resolve(containers.host),
    release: { pollMs: 5, quietMs: 60, mostMs: 2_000 },
    signal: new AbortController().signal,
    ...overrides,
  });
  return { containers, input, done, said: () => lines.map((line) => JSON.parse(line) as unknown) };
}

const hold = (silenceMs = 0) =>
  `${JSON.stringify({ id: 1, topic: 'hold', ask: { endpoint: { url: 'x', origin: 'x' }, silenceMs } })}\n`;

describe('the agent', () => {
  it('answers, says what failed, and passes over what it cannot read', async () => {
    const { input, done, said } = start();
    input.write('{"id":1,"topic":"hardware","ask":null}\nhalf a li');
    input.write('ne\n{"id":2,"topic":"facts","ask":null}\n{"ping":true}\n{"id":3,"topic":"other","ask":null}\n');
    await expect.poll(said).toHaveLength(3);
    input.end();
    await done;
    const byId = (said() as { id: number }[]).sort((a, b) => a.id - b.id);
    expect(byId).toEqual([
      { id: 1, answer: { gpus: [], inRuntimeOrder: [], source: 'none', warnings: [] } },
      { id: 2, error: { code: 'environment', message: 'no facts', hint: 'none' } },
      { id: 3, error: { code: 'environment', message: 'there is no answer to other', hint: null } },
    ]);
  });

  it('removes what is left when its input ends, also what an engine makes a moment later', async () => {
    const { containers, input, done, said } = start();
    input.write(hold());
    await expect.poll(said).toEqual([{ id: 1, answer: { lease: OWN, removed: [] } }]);
    containers.make(OWN);
    input.end();
    await expect.poll(containers.left).toEqual([]);
    containers.make(OWN);
    await done;
    expect(containers.left()).toEqual([]);
  });

  it('leaves containers of others alone and removes those of holders that died', async () => {
    const { containers, input, done, said } = start();
    containers.make('b/1/6/60');
    containers.make('b/2/6/60');
    containers.make('older/1/5/50', 'exited');
    input.write(hold());
    await expect.poll(said).toEqual([{ id: 1, answer: { lease: OWN, removed: ['c1', 'c3'] } }]);
    input.end();
    await done;
    expect(containers.left()).toEqual(['c2']);
  });

  it('takes silence for death where it was told to, and a ping for life', async () => {
    const { containers, input, done, said } = start();
    input.write(hold(1_200));
    await expect.poll(said).toHaveLength(1);
    containers.make(OWN);
    for (let at = 0; at < 5; at++) {
      await sleep(300);
      input.write('{"ping":true}\n');
    }
    expect(containers.left()).toEqual(['c1']);
    await done;
    expect(containers.left()).toEqual([]);
  });

  it('ends by a signal as well, and does not wait after an orderly end', async () => {
    const controller = new AbortController();
    const release = { pollMs: 5, quietMs: 60_000, mostMs: 120_000 };
    const { containers, input, done, said } = start({ signal: controller.signal, release });
    input.write(hold());
    await expect.poll(said).toHaveLength(1);
    containers.make(OWN);
    input.write('{"over":true}\n');
    await sleep(10);
    controller.abort();
    await done;
    expect(containers.left()).toEqual([]);
  });
});
