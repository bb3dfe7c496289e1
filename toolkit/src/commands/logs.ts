import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { endpointArg } from '../cli/endpoint-flags.ts';
import { hostFlag } from '../cli/flags.ts';
import { findEndpoints, selectEndpoint } from '../engine/find.ts';

/** Result of `aimctl logs`. */
export interface EndpointLog {
  readonly name: string;
  readonly lines: readonly string[];
}

export class Logs extends BaseCommand {
  static override summary = "Show an endpoint's log.";
  static override description = 'What the engine wrote, of an endpoint that runs or that ended. Secrets are hidden.';
  static override args = endpointArg;
  static override examples = [
    {
      description: 'The last 100 lines',
      command: '<%= config.bin %> logs aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm --tail 100',
    },
    { description: 'Go on as it grows', command: '<%= config.bin %> logs Qwen/Qwen3-32B --follow' },
  ];
  static override flags = {
    ...hostFlag,
    follow: Flags.boolean({
      default: false,
      char: 'f',
      description: 'Go on until the endpoint ends or the command is interrupted.',
      exclusive: ['json'],
      env: 'AIMCTL_FOLLOW',
    }),
    tail: Flags.integer({
      helpValue: 'N',
      min: 0,
      description: 'Only the last N lines of what is there; default is all.',
      env: 'AIMCTL_TAIL',
    }),
  };

  override async run(): Promise<EndpointLog> {
    const { flags, args } = await this.parse(Logs);
    const session = this.open(flags);
    const { redact, signal } = session;
    const containers = await session.connectContainers(flags.host);
    const { name, id } = selectEndpoint(await findEndpoints(containers), args['name|model']);
    const log = containers.readLog(id, { follow: flags.follow, tailLines: flags.tail, signal });
    const lines: string[] = [];
    for await (const line of log) {
      if (flags.json) lines.push(redact(line));
      else process.stdout.write(`${redact(line)}\n`);
    }
    return flags.json ? this.finish(flags, { name, lines }, () => '') : { name, lines };
  }
}
