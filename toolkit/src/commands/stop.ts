import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { allFlag, drainFlag, endpointArg } from '../cli/endpoint-flags.ts';
import { hostFlag } from '../cli/flags.ts';
import { renderStopped } from '../cli/present/endpoints.ts';
import { renderSettled, settleAll, settledStatus, type FailedEndpoint } from '../cli/settle-endpoints.ts';
import { findEndpoints, selectEndpoints } from '../engine/find.ts';
import { stopEndpoint, type StoppedEndpoint } from '../engine/stop.ts';

/** Result of `aimctl stop`. */
export interface StopReport {
  readonly stopped: readonly StoppedEndpoint[];
  /** Those with which that failed; the exit status is that of the first. */
  readonly failed: readonly FailedEndpoint[];
}

export class Stop extends BaseCommand {
  static override summary = 'Stop endpoints without cutting off their requests.';
  static override description =
    'Waits until the requests of an endpoint are done, ends its engine, and removes its container. ' +
    'The models it downloaded stay in the cache.';
  static override args = endpointArg;
  static override examples = [
    { description: 'Stop one', command: '<%= config.bin %> stop aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm' },
    {
      description: 'Stop all endpoints of a model at once',
      command: '<%= config.bin %> stop Qwen/Qwen3-32B --drain 0',
    },
    { description: 'Stop everything', command: '<%= config.bin %> stop --all' },
  ];
  static override flags = {
    ...hostFlag,
    ...allFlag,
    ...drainFlag,
    keep: Flags.boolean({
      default: false,
      description: 'Leave the container, so that restart starts it again.',
      env: 'AIMCTL_KEEP',
    }),
  };

  override async run(): Promise<StopReport> {
    const { flags, args } = await this.parse(Stop);
    const session = this.open(flags);
    const { progress, signal } = session;
    const containers = await session.connectContainers(flags.host);
    const { all, keep, drain: drainSeconds } = flags;
    const chosen = selectEndpoints(await findEndpoints(containers), { target: args['name|model'], all });
    const onProgress = (text: string) => progress.update(text);
    const options = { drainSeconds, keep, signal, onProgress, nowMs: () => performance.now() };
    const settled = await settleAll(chosen, signal, (endpoint) => stopEndpoint(containers, endpoint, options));
    const { done: stopped, failed } = settled;
    const result = this.finish(flags, { stopped, failed }, (report) =>
      renderSettled(settled, () => renderStopped(report)),
    );
    if (failed.length > 0) process.exitCode = settledStatus(failed);
    return result;
  }
}
