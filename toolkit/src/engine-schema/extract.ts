import { randomUUID } from 'node:crypto';
import type { Engine } from 'aim-runtime/profile';
import type { ContainerHost } from '../docker/containers.ts';
import { failure } from '../exit-codes.ts';
import { parseParserFacts, type ParserFacts } from './parser-facts.ts';

/** Importing an engine on a slow disk takes minutes; more means that it hangs. */
const LIMIT_MS = 600_000;
const LABEL = 'com.amd.aim.schema-extract';
const MIB = 1024 ** 2;

export interface ExtractRequest {
  readonly image: string;
  readonly engine: Engine;
  /** Text of the Python program that describes the parser. */
  readonly program: string;
}

/**
 * Runs the program inside the image and returns what it says of the engine's parser. The container has no network and
 * no GPU, and is removed in any case. Throws AimError `environment` when the engine does not show its arguments.
 */
export async function extractParserFacts(
  { image, engine, program }: ExtractRequest,
  containers: ContainerHost,
  signal: AbortSignal,
): Promise<ParserFacts> {
  signal.throwIfAborted();
  const id = await containers.create({
    name: `aimctl-schema-${randomUUID()}`,
    image,
    entrypoint: ['python3', '-c', program, engine],
    network: 'none',
    env: { HF_HUB_OFFLINE: '1', PYTHONUNBUFFERED: '1', VLLM_DO_NOT_TRACK: '1' },
    labels: { [LABEL]: engine },
    user: undefined,
    binds: [],
    devices: [],
    groups: [],
    sharedMemoryBytes: 64 * MIB,
    ports: [],
  });
  try {
    await containers.start(id);
    const limit = AbortSignal.timeout(LIMIT_MS);
    const lines: string[] = [];
    const log = containers.readLog(id, {
      tailLines: undefined,
      follow: true,
      signal: AbortSignal.any([signal, limit]),
    });
    for await (const line of log) lines.push(line);
    signal.throwIfAborted();
    if (limit.aborted) throw tooSlow(image, lines);
    return parseParserFacts(lines);
  } finally {
    await containers.remove(id);
  }
}

function tooSlow(image: string, lines: readonly string[]): Error {
  return failure('environment', {
    message: `the engine in ${image} did not show its arguments within ${LIMIT_MS / 60_000} minutes`,
    details: lines.slice(-10),
    hint: 'Start the image by hand to see what it waits for.',
  });
}
