import { BaseCommand } from '../cli/base-command.ts';
import { allFlag, drainFlag, endpointArg, timeoutFlag } from '../cli/endpoint-flags.ts';
import { hostFlag } from '../cli/flags.ts';
import { renderRestarted } from '../cli/present/endpoints.ts';
import { renderSettled, settleAll, settledStatus, type FailedEndpoint } from '../cli/settle-endpoints.ts';
import { findEndpoints, selectEndpoints } from '../engine/find.ts';
import { restartEndpoint, type RestartedEndpoint } from '../engine/restart.ts';

/** Result of `aimctl restart`. */
export interface RestartReport {
  readonly restarted: readonly RestartedEndpoint[];
  /** Those with which that failed; the exit status is that of the first. */
  readonly failed: readonly FailedEndpoint[];
}

export class Restart extends BaseCommand {
  static override summary = 'Start endpoints anew with the settings they have.';
  static override description =
    'Waits for running requests, ends the engine, starts the same container and waits until it is ready. ' +
    'Also starts an endpoint that was stopped with --keep, or that ended.';
  static override args = endpointArg;
  static override examples = [
    { description: 'Restart one', command: '<%= config.bin %> restart aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm' },
    { description: 'Restart all endpoints', command: '<%= config.bin %> restart --all --drain 120' },
  ];
  static override flags = { ...hostFlag, ...allFlag, ...drainFlag, ...timeoutFlag };

  override async run(): Promise<RestartReport> {
    const { flags, args } = await this.parse(Restart);
    const session = this.open(flags);
    const { progress, signal } = session;
    const containers = await session.connectContainers(flags.host);
    const { all, drain: drainSeconds } = flags;
    const chosen = selectEndpoints(await findEndpoints(containers), { target: args['name|model'], all });
    const options = {
      ...{ drainSeconds, signal, timeoutMs: flags.timeout * 1000 },
      onProgress: (text: string) => progress.update(text),
      onLine: (line: string) => progress.detail(line),
      nowMs: () => performance.now(),
    };
    const settled = await settleAll(chosen, signal, (endpoint) => restartEndpoint(containers, endpoint, options));
    const { done: restarted, failed } = settled;
    const result = this.finish(flags, { restarted, failed }, (report) =>
      renderSettled(settled, () => renderRestarted(report)),
    );
    if (failed.length > 0) process.exitCode = settledStatus(failed);
    return result;
  }
}
