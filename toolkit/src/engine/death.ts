import type { ContainerDetails } from '../docker/containers.ts';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';

/** Why an engine ended before it served. */
export interface Cause {
  readonly id: string;
  /** Finishes "the engine ended: …". */
  readonly text: string;
  readonly hint: string;
  readonly code: Extract<ToolkitErrorCode, 'usage' | 'environment' | 'remote'>;
}

interface Symptom extends Cause {
  readonly pattern: RegExp;
  /** Exit status of aim-runtime that means this where the log does not say more. */
  readonly status?: number;
}

const KILLED = 137;

/** What engines, drivers, the hub client and aim-runtime write when they give up. The first that fits counts. */
const SYMPTOMS: readonly Symptom[] = [
  {
    id: 'gated-model',
    pattern:
      /gated repo|GatedRepoError|awaiting a review|access to (?:model|this) .*restricted|must (?:have access|be authenticated)|401 Client Error|403 Client Error|Invalid (?:user|credentials).*token/i,
    status: 7,
    text: 'the model is gated and this token has no access to it',
    hint: "Ask for access on the model's page, then set HF_TOKEN and launch again.",
    code: 'remote',
  },
  {
    id: 'model-not-found',
    pattern:
      /RepositoryNotFoundError|404 Client Error|is not a (?:local folder|valid model identifier)|Repo(?:sitory)? .*not found/i,
    text: 'there is no such model',
    hint: "Check the model's name and, for a private one, HF_TOKEN.",
    code: 'remote',
  },
  {
    id: 'gpu-memory',
    pattern:
      /OutOfMemoryError|(?:HIP|CUDA|GPU) out of memory|hipErrorOutOfMemory|No available memory for the cache blocks|larger than the (?:available|maximum number)|less than desired GPU memory utilization|Not enough memory\. Please try/i,
    text: 'the memory of the GPUs is not enough',
    hint: 'Use more GPUs, a smaller precision, or --engine-args \'{"max-model-len": 8192}\'; `aimctl estimate` shows what fits.',
    code: 'environment',
  },
  {
    id: 'port',
    pattern: /address already in use|port is already allocated|failed to bind (?:host )?port/i,
    text: 'the port is taken',
    hint: 'Choose another with --port, or leave --port out.',
    code: 'environment',
  },
  {
    id: 'disk',
    pattern: /No space left on device|disk quota exceeded|ENOSPC/i,
    status: 5,
    text: 'the disk is full, or the cache cannot be written',
    hint: 'Free some space (`aimctl cache list`), or choose another folder with --cache-dir.',
    code: 'environment',
  },
  {
    id: 'no-gpu',
    pattern:
      /No HIP GPUs are available|no usable GPU|Failed to infer device type|hipErrorNoDevice|no ROCm-capable device|error gathering device information|Unable to open \/dev\/kfd/i,
    status: 3,
    text: 'the container sees no usable GPU',
    hint: 'Check the driver with `aim-runtime detect-hardware`, and the rights on /dev/kfd and /dev/dri/renderD*.',
    code: 'environment',
  },
  {
    id: 'argument',
    pattern:
      /unrecognized arguments|error: argument |invalid choice: |AIM_ENGINE_ARGS|requires --|pydantic_core.*ValidationError|is not a (?:known|valid) (?:argument|flag)/i,
    status: 2,
    text: 'it does not accept an argument',
    hint: 'Correct --engine-args; the last lines of the log name the argument.',
    code: 'usage',
  },
  {
    id: 'profile',
    pattern: /names no profile|no profile fits/i,
    status: 4,
    text: 'the image does not hold the profile',
    hint: 'Use an image of this version (aimctl build-model), or give the file with --profile FILE.',
    code: 'environment',
  },
  {
    id: 'unsupported-model',
    pattern:
      /Model architectures? .*(?:not supported|failed to be inspected)|trust_remote_code=True|does not recognize this architecture/i,
    text: 'this engine does not serve the architecture of this model',
    hint: 'Use an image with a newer engine (--image).',
    code: 'environment',
  },
  {
    id: 'network',
    pattern:
      /Max retries exceeded|Temporary failure in name resolution|Name or service not known|ConnectionError|LocalEntryNotFoundError|Connection (?:refused|reset|timed out)/i,
    status: 6,
    text: 'the model could not be downloaded',
    hint: 'Check the network and the proxy, or put the model into --cache-dir first (`aimctl cache add`).',
    code: 'remote',
  },
];

const HOST_MEMORY: Cause = {
  id: 'host-memory',
  text: 'the kernel ended it because the memory of the host is not enough',
  hint: 'Free memory of the host; loading needs about as much as the weights are large.',
  code: 'environment',
};

const KILL: Cause = {
  id: 'killed',
  text: 'it was killed (SIGKILL)',
  hint: 'Somebody ended it, or the kernel for want of memory outside of the container: `dmesg` tells which.',
  code: 'environment',
};

/** How a run of an engine ended. */
export type Ending = Pick<ContainerDetails, 'exitCode' | 'outOfMemory' | 'startError'>;

/** The cause of an end by the last lines of the log, then by the exit status; undefined when neither tells. */
export function findCause(lines: readonly string[], ending: Ending): Cause | undefined {
  if (ending.outOfMemory) return HOST_MEMORY;
  const text = [...lines, ending.startError].join('\n');
  const found =
    SYMPTOMS.find(({ pattern }) => pattern.test(text)) ?? SYMPTOMS.find(({ status }) => status === ending.exitCode);
  return found ?? (ending.exitCode === KILLED ? KILL : undefined);
}

/** The failure an ended engine is reported as, with the last lines of its log. */
export function engineEnded(
  lines: readonly string[],
  ending: Ending,
): { readonly cause: Cause | undefined; readonly error: Error } {
  const cause = findCause(lines, ending);
  const said = cause?.text ?? (ending.startError || `with exit status ${ending.exitCode}`);
  const error = failure(cause?.code ?? 'environment', {
    message: `the engine ended: ${said}`,
    details: lines,
    hint: cause?.hint ?? 'The last lines of its log are above; aimctl launch … --verbose shows all of it.',
  });
  return { cause, error };
}
