import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { hostFlag } from '../cli/flags.ts';
import { renderEndpoints } from '../cli/present/endpoints.ts';
import { findEndpoints } from '../engine/find.ts';
import { observe, type EndpointReport } from '../engine/observe.ts';

/** Time over which the tokens of a busy endpoint are counted. */
const WINDOW_MS = 100;

/** Result of `aimctl list`. */
export interface EndpointList {
  readonly endpoints: readonly EndpointReport[];
}

export class List extends BaseCommand {
  static override summary = 'List the endpoints of this host.';
  static override description =
    'Health, profile, GPUs, port and load of every endpoint, as its container and its metrics tell them.';
  static override examples = [
    { description: 'Show them as a table', command: '<%= config.bin %> list' },
    { description: 'For other programs', command: '<%= config.bin %> list --format json' },
  ];
  static override flags = {
    ...hostFlag,
    format: Flags.option({
      options: ['table', 'json'] as const,
      default: 'table',
      description: 'Form of the output; json is the same as --json.',
      env: 'AIMCTL_LIST_FORMAT',
    })(),
  };

  override async run(): Promise<EndpointList> {
    const { flags } = await this.parse(List);
    const session = this.open(flags);
    const { signal } = session;
    const containers = await session.connectContainers(flags.host);
    const options = { signal, windowMs: WINDOW_MS, now: new Date() };
    const found = await findEndpoints(containers);
    const endpoints = await Promise.all(found.map((endpoint) => observe(containers, endpoint, options)));
    return this.finish({ json: flags.json || flags.format === 'json' }, { endpoints }, renderEndpoints);
  }
}
