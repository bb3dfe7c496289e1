import { messageOf } from '../system/errors.ts';
import { parseModelSource } from '../model/index.ts';
import type { Command } from './context.ts';

const LIMIT_MS = 2_000;

/**
 * Prints the bytes that a model's source lists, or nothing when it does not answer. It is a process of its own because
 * a process cannot end while it waits for a name server; dry-run kills this one instead.
 */
export const modelSize: Command = {
  name: 'model-size',
  summary: 'print how many bytes a download of a model would bring',
  usage: 'aim-runtime model-size MODEL',
  run: async ([id = ''], { env, print, log }) => {
    const { remoteSizeBytes } = await import('../model/transfer.ts');
    const signal = AbortSignal.timeout(LIMIT_MS);
    const patience = { attempts: 1, firstWaitMs: 0, longestWaitMs: 0, stallMs: LIMIT_MS };
    try {
      print(`${await remoteSizeBytes(parseModelSource(id), { env, signal, patience })}\n`);
    } catch (error) {
      log.debug(`the size of ${id} is not known: ${messageOf(error)}`);
    }
  },
};
