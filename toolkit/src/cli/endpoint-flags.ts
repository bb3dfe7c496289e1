import { Args, Flags } from '@oclif/core';

/** The endpoints a command is for. */
export const endpointArg = {
  'name|model': Args.string({
    // Else a missing argument would be read from standard input.
    ignoreStdin: true,
    description: 'Name of an endpoint, or a model for all its endpoints.',
  }),
};

/** `--all`: every endpoint of this host. */
export const allFlag = {
  all: Flags.boolean({ default: false, description: 'All endpoints of this host.', env: 'AIMCTL_ALL' }),
};

/** `--drain`: time for running requests. */
export const drainFlag = {
  drain: Flags.integer({
    helpValue: 'SECONDS',
    min: 0,
    default: 60,
    description: 'Time that running requests may take to finish; 0 cuts them off.',
    env: 'AIMCTL_DRAIN',
  }),
};

/** `--timeout`: time for an engine to become ready. */
export const timeoutFlag = {
  timeout: Flags.integer({
    helpValue: 'SECONDS',
    min: 1,
    default: 600,
    description: 'Time for the engine to become ready.',
    env: 'AIMCTL_TIMEOUT',
  }),
};
