import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startTestSimulator } from '../bench-simulator.ts';
import { ContainerLog } from './logs.ts';
import type { KubeServer } from './server.ts';
import type { Stored } from './store.ts';

export interface ProcessOptions {
  /** Folder for the volumes of pods. */
  readonly folder: string;
  /** What the simulated servers serve. */
  readonly model: string;
}

/**
 * Runs the pods of benchmarks on this machine: a simulated engine instead of their server, and the program of their
 * client in a process of its own. Given to the controllers as `run`.
 */
export function createPodRunner(
  server: KubeServer,
  { folder, model }: ProcessOptions,
): (pod: Stored) => Promise<'succeed' | 'fail'> {
  return async (pod) => {
    const { namespace = '', name } = pod.metadata;
    const engine = await startTestSimulator({ model });
    const log = new ContainerLog();
    try {
      const volume = mountFiles(server, pod, { folder, url: engine.url });
      const command = (pod.spec.containers?.[0]?.command ?? []).slice(1);
      server.logs.set(`${namespace}/${name}/client`, log);
      const args = command.map((each) => each.replace('/aim-bench', volume));
      const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const stop = server.store.listen(({ type, object }) => {
        if (type === 'DELETED' && object.metadata.uid === pod.metadata.uid) client.kill('SIGKILL');
      });
      const lines = createInterface({ input: client.stdout });
      lines.on('line', (line) => log.write(line));
      const [[status]] = (await Promise.all([once(client, 'close'), once(lines, 'close')])) as [
        [number | null],
        unknown,
      ];
      stop();
      return status === 0 ? 'succeed' : 'fail';
    } finally {
      log.end();
      await engine.close();
    }
  };
}

/** The files of the client as a folder; the server's address is that of the simulated one. */
function mountFiles(
  { store }: KubeServer,
  pod: Stored,
  { folder, url }: { readonly folder: string; readonly url: string },
): string {
  const [mount] = pod.spec.containers?.[0]?.volumeMounts ?? [];
  const name = pod.spec.volumes?.find((volume) => volume.name === mount?.name)?.configMap?.name ?? '';
  const files = store.get('ConfigMap', pod.metadata.namespace, name)?.['data'] as Record<string, string>;
  mkdirSync(folder, { recursive: true });
  const volume = mkdtempSync(join(folder, 'volume-'));
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(volume, file), text.replaceAll('http://127.0.0.1:8000', url));
  }
  return volume;
}
