import { BaseCommand } from '../cli/base-command.ts';
import { endpointArg } from '../cli/endpoint-flags.ts';
import { hostFlag } from '../cli/flags.ts';
import { renderStatus } from '../cli/present/endpoints.ts';
import { findEndpoints, selectEndpoints } from '../engine/find.ts';
import { observe } from '../engine/observe.ts';
import { addGpuMemory, type EndpointStatus } from '../engine/status.ts';

const WINDOW_MS = 1_000;

/** Result of `aimctl status`. */
export interface StatusReport {
  readonly endpoints: readonly EndpointStatus[];
}

export class Status extends BaseCommand {
  static override summary = 'Show everything about an endpoint.';
  static override description =
    'Health, what the engine is doing or why it ended, requests, tokens per second, and the memory of its GPUs. ' +
    'Without a name all endpoints are shown.';
  static override args = endpointArg;
  static override examples = [
    { description: 'All endpoints', command: '<%= config.bin %> status' },
    {
      description: 'One of them',
      command: '<%= config.bin %> status aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm',
    },
  ];
  static override flags = hostFlag;

  override async run(): Promise<StatusReport> {
    const { flags, args } = await this.parse(Status);
    const session = this.open(flags);
    const containers = await session.connectContainers(flags.host);
    const target = args['name|model'];
    const chosen = selectEndpoints(await findEndpoints(containers), { target, all: target === undefined });
    const options = { signal: session.signal, windowMs: WINDOW_MS, now: new Date() };
    const hardware = (await session.endpointHost()).detectHardware();
    const reports = await Promise.all(chosen.map((endpoint) => observe(containers, endpoint, options)));
    return this.finish(flags, { endpoints: reports.map((report) => addGpuMemory(report, hardware)) }, renderStatus);
  }
}
