import { performance } from 'node:perf_hooks';
import type { ModelRequest } from '../model/obtain.ts';
import type { DownloadProgress, ProgressState } from '../model/progress.ts';
import { LOG_LEVELS } from '../system/log.ts';
import type { CommandContext } from './context.ts';

const BAR_INTERVAL_MS = 200;
const LINE_INTERVAL_MS = 5_000;

/** Brings a model into the cache with progress on stderr, and returns its folder. A signal ends it as Interrupted. */
export async function obtain(request: ModelRequest, context: CommandContext): Promise<string> {
  // Most starts download nothing: the programs for it are loaded here only.
  const { obtainModel, createProgress, renderProgress } = await import('../model/transfer.ts');
  const { log, env } = context;
  const signal = context.listenForEnd();
  const form = progressForm(context);
  const progress: DownloadProgress = createProgress({
    intervalMs: form === 'bar' ? BAR_INTERVAL_MS : LINE_INTERVAL_MS,
    now: () => performance.now(),
    report: (state, last) => {
      if (form === 'bar') context.talk(`\r${renderProgress(state, true)}\u001B[K${last ? '\n' : ''}`);
      else if (form === 'lines') log.info(`download: ${renderProgress(state, false)}`);
      else log.info('download', eventOf(state, last));
    },
    onFile: (path) => {
      if (form === 'events') log.info('file complete', { event: 'file', path });
      else log.debug(`${path} is complete`);
    },
  });
  const onWait = ({ host, pid }: { host: string; pid: number }) => {
    log.info(`waiting for process ${pid} on ${host}, which is downloading the same model`);
  };
  const info = (message: string) => {
    log.info(message);
  };
  try {
    return await obtainModel(request, { env, signal, progress, onWait, info });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** A bar needs a terminal and a level that shows what goes on. */
function progressForm({ logConfig, isTerminal }: CommandContext): 'bar' | 'lines' | 'events' {
  if (logConfig.format === 'json') return 'events';
  const talks = LOG_LEVELS.indexOf(logConfig.level) <= LOG_LEVELS.indexOf('INFO');
  return talks && isTerminal('stderr') ? 'bar' : 'lines';
}

function eventOf({ files, bytes, bytesPerSecond, remainingSeconds }: ProgressState, last: boolean) {
  return {
    event: last ? 'end' : 'progress',
    files,
    bytes,
    bytes_per_second: Math.round(bytesPerSecond),
    remaining_seconds: remainingSeconds === undefined ? null : Math.ceil(remainingSeconds),
  };
}
