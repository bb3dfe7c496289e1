import { Flags } from '@oclif/core';

/** What images are made for; decides whether they are release candidates, previews or official. */
export const eventFlags = {
  event: Flags.string({
    helpValue: 'FILE',
    description: 'Payload of a GitHub event; in Actions it is found by itself.',
    env: 'AIMCTL_EVENT',
  }),
  'event-name': Flags.string({
    helpValue: 'NAME',
    description: 'Name of the event, such as push or pull_request.',
    env: 'AIMCTL_EVENT_NAME',
  }),
  ref: Flags.string({
    helpValue: 'REF',
    description: 'Branch or tag, such as refs/heads/main or refs/tags/v0.9.',
    env: 'AIMCTL_REF',
  }),
  'base-ref': Flags.string({
    helpValue: 'BRANCH',
    description: 'Branch that a pull request goes to.',
    env: 'AIMCTL_BASE_REF',
  }),
};

/** The values of {@link eventFlags}. */
export interface EventFlags {
  readonly event?: string | undefined;
  readonly 'event-name'?: string | undefined;
  readonly ref?: string | undefined;
  readonly 'base-ref'?: string | undefined;
}
