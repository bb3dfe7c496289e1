import { Flags } from '@oclif/core';
import { profilesFlag } from './profile-flags.ts';
import { timeoutFlag } from './endpoint-flags.ts';

const LARGEST_SEED = 2 ** 32 - 1;

/** What is measured. */
export const subjectFlags = {
  url: Flags.string({
    helpValue: 'URL',
    description: 'Server that runs already, without /v1.',
    exclusive: ['host', 'profile', 'image'],
    env: 'AIMCTL_URL',
  }),
  'api-key-env': Flags.string({
    helpValue: 'NAME',
    description: 'Variable that holds the key for the server of --url; its value is written nowhere.',
    dependsOn: ['url'],
    env: 'AIMCTL_API_KEY_ENV',
  }),
  host: Flags.string({
    helpValue: 'docker|ssh://[USER@]HOST[:PORT]|k8s://[CONTEXT[/NAMESPACE]]',
    description: "Where servers are started: this machine's Docker Engine, another's, or a cluster.",
    env: 'AIMCTL_BENCH_HOST',
  }),
  profile: Flags.string({
    helpValue: 'NAME|FILE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Profile to measure; may be repeated, or be a folder with several.',
    env: 'AIMCTL_BENCH_PROFILE',
  }),
  image: Flags.string({
    helpValue: 'REFERENCE',
    description: "AIM image to start; default is the model's own, else aim-base.",
    env: 'AIMCTL_IMAGE',
  }),
  model: Flags.string({
    helpValue: 'ORG/MODEL',
    description:
      'Model to serve where neither profile nor image names one; with --url the one of its models to measure.',
    env: 'AIMCTL_MODEL',
  }),
};

/** How servers are started. */
export const serverFlags = {
  ...profilesFlag,
  ...timeoutFlag,
  registry: Flags.string({
    helpValue: 'HOST[/NAMESPACE]',
    description: 'Where images are pulled from when they are not there.',
    env: 'AIMCTL_REGISTRY',
  }),
  'cache-dir': Flags.string({
    helpValue: 'DIR',
    description: 'Folder of the host that holds models; default is its AIM_CACHE_PATH, else ~/.cache/aim/models.',
    env: 'AIMCTL_CACHE_DIR',
  }),
  env: Flags.string({
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Variable for the container; may be repeated.',
    env: 'AIMCTL_ENV',
  }),
  'gpu-timeout': Flags.integer({
    helpValue: 'SECONDS',
    min: 0,
    default: 900,
    description: 'Time for enough GPUs to become free.',
    env: 'AIMCTL_GPU_TIMEOUT',
  }),
  'hf-secret': Flags.string({
    helpValue: 'NAME[:KEY]',
    description: 'Secret of the cluster that holds the token of the model hub; the key is "token" unless it is said.',
    env: 'AIMCTL_HF_SECRET',
  }),
  'pull-secret': Flags.string({
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Secret of the cluster by which its nodes pull the images; may be repeated.',
    env: 'AIMCTL_PULL_SECRET',
  }),
  'client-image': Flags.string({
    helpValue: 'REFERENCE',
    description: 'Image with Node.js 22.19 or newer for the load client in a cluster; default is node:24-slim.',
    env: 'AIMCTL_CLIENT_IMAGE',
  }),
  'ssh-config': Flags.string({
    helpValue: 'FILE',
    description: "Settings for ssh instead of the user's own.",
    env: 'AIMCTL_SSH_CONFIG',
  }),
};

/** Requests and how they arrive. */
const loadFlags = {
  endpoint: Flags.option({
    options: ['completions', 'chat'] as const,
    default: 'completions',
    description: 'Interface to use; completions sends token numbers, so that lengths are exact.',
    env: 'AIMCTL_ENDPOINT',
  })(),
  concurrency: Flags.string({
    helpValue: 'N[,N…]',
    description: 'Requests at the same time, each followed by the next; with --request-rate: at most so many.',
    env: 'AIMCTL_BENCH_CONCURRENCY',
  }),
  'request-rate': Flags.string({
    helpValue: 'R[,R…]',
    description: 'Requests per second, whether or not earlier ones have ended.',
    env: 'AIMCTL_REQUEST_RATE',
  }),
  arrival: Flags.option({
    options: ['poisson', 'constant', 'gamma'] as const,
    description: 'How requests of a rate arrive; default is poisson, gamma with --burstiness.',
    env: 'AIMCTL_ARRIVAL',
  })(),
  burstiness: Flags.string({
    helpValue: 'NUMBER',
    description: 'Shape of the gamma distribution: 1 is Poisson, less is burstier.',
    env: 'AIMCTL_BURSTINESS',
  }),
  ramp: Flags.string({
    helpValue: 'FROM:TO[:exponential]',
    description: 'A request rate that grows during the point.',
    exclusive: ['request-rate', 'concurrency'],
    env: 'AIMCTL_RAMP',
  }),
  'trace-speed': Flags.string({
    helpValue: 'FACTOR',
    description: 'Send at the times the dataset records; 2 is twice as fast.',
    exclusive: ['request-rate', 'concurrency', 'ramp'],
    env: 'AIMCTL_TRACE_SPEED',
  }),
  requests: Flags.integer({
    helpValue: 'N',
    min: 1,
    description: 'Requests of a repeat; default is 10 for each at the same time, or 60 s of a rate.',
    env: 'AIMCTL_REQUESTS',
  }),
  duration: Flags.integer({
    helpValue: 'SECONDS',
    min: 1,
    description: 'Time of a repeat; with --requests what ends first counts.',
    env: 'AIMCTL_DURATION',
  }),
  warmup: Flags.integer({
    helpValue: 'N',
    min: 0,
    description: 'Requests before the measured ones; default is 2 for each at the same time, or 5 s of a rate.',
    env: 'AIMCTL_WARMUP',
  }),
  'request-timeout': Flags.integer({
    helpValue: 'SECONDS',
    min: 1,
    default: 600,
    description: 'Time after which a request counts as failed.',
    env: 'AIMCTL_REQUEST_TIMEOUT',
  }),
};

/** What is sent. */
const datasetFlags = {
  dataset: Flags.string({
    helpValue: 'KIND|FILE',
    default: 'random',
    description:
      'random[:RATIO], shared-prefix:LENGTH[,PREFIXES], multi-turn:TURNS[,THINK_MS], sharegpt:FILE or jsonl:FILE.',
    env: 'AIMCTL_DATASET',
  }),
  'input-len': Flags.string({
    helpValue: 'TOKENS[,…]',
    description: 'Length of prompts, 1024 by default; several make a matrix with --output-len.',
    env: 'AIMCTL_INPUT_LEN',
  }),
  'output-len': Flags.string({
    helpValue: 'TOKENS[,…]',
    description: 'Length of answers, 128 by default.',
    env: 'AIMCTL_OUTPUT_LEN',
  }),
  seed: Flags.integer({
    helpValue: 'NUMBER',
    min: 0,
    max: LARGEST_SEED,
    description: 'Start of all random numbers; default is a new one for each run, whose prompts no server has seen.',
    env: 'AIMCTL_SEED',
  }),
};

/** What is made of it. */
const resultFlags = {
  repeats: Flags.integer({
    helpValue: 'N',
    min: 1,
    max: 100,
    description: 'Repeats of every point; default is 3, and up to 7 where they differ by more than 3 %.',
    env: 'AIMCTL_REPEATS',
  }),
  slo: Flags.string({
    helpValue: 'ttft:MS,tpot:MS,e2el:MS',
    description: 'Limits that a request has to meet to be a good one.',
    env: 'AIMCTL_SLO',
  }),
  require: Flags.string({
    helpValue: 'SHARE',
    description: 'Share of good requests, 0 to 1, below which the command ends with 3.',
    env: 'AIMCTL_REQUIRE',
  }),
  'search-slo': Flags.boolean({
    default: false,
    description: 'Find the highest load that meets --slo, between the two of --concurrency or --request-rate.',
    env: 'AIMCTL_SEARCH_SLO',
  }),
  baseline: Flags.string({
    helpValue: 'DIR',
    description: 'Earlier run to compare with; a regression ends with 3.',
    env: 'AIMCTL_BASELINE',
  }),
  output: Flags.string({
    helpValue: 'DIR',
    description: 'Folder of the run; default is bench-DATE-TIME here.',
    env: 'AIMCTL_BENCH_OUTPUT',
  }),
  format: Flags.string({
    helpValue: 'json|vllm|csv|markdown|html',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Reports to write besides result.json; may be repeated, default is html.',
    env: 'AIMCTL_BENCH_FORMAT',
  }),
  resume: Flags.boolean({
    default: false,
    description: 'Go on with the run in --output; the other flags must be the same.',
    env: 'AIMCTL_RESUME',
  }),
  'dry-run': Flags.boolean({
    default: false,
    description: 'Print the plan and how long it may take, and stop.',
    env: 'AIMCTL_DRY_RUN',
  }),
};

/** How the load client runs. */
const clientFlags = {
  calibrate: Flags.boolean({
    default: false,
    description:
      'Measure the load client itself against a simulated server, and stop: its errors, and the rate it can follow.',
    exclusive: ['url', 'host', 'profile', 'image', 'resume', 'dry-run'],
    env: 'AIMCTL_CALIBRATE',
  }),
  workers: Flags.integer({
    helpValue: 'N',
    min: 0,
    max: 256,
    default: 0,
    description: 'Threads of the load client that send; 0 lets it choose.',
    env: 'AIMCTL_WORKERS',
  }),
  'reset-prefix-cache': Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Ask the server to forget prompts before every repeat.',
    env: 'AIMCTL_RESET_PREFIX_CACHE',
  }),
};

/** Flags of `bench`. */
export const benchFlags = {
  ...subjectFlags,
  ...serverFlags,
  ...loadFlags,
  ...datasetFlags,
  ...resultFlags,
  ...clientFlags,
};
