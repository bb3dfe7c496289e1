import { randomUUID } from 'node:crypto';
import type { ContainerHost } from '../docker/containers.ts';
import type { ContainerEngine } from '../docker/engine.ts';
import { serverName, type FindCredential } from '../oci/credentials.ts';
import { parseReference } from '../oci/reference.ts';
import type { ScannerRelease } from './pinned-scanner.ts';
import { renderLogin } from './registry-login.ts';
import { scanFailed } from './program-scanner.ts';
import type { Scanner } from './scanner.ts';

/** What running a container takes. */
export interface ContainerScannerOptions {
  readonly scanner: ScannerRelease;
  readonly containers: ContainerHost;
  readonly engine: Pick<ContainerEngine, 'inspectImage'>;
  /** Makes sure that the engine has the scanner's image. */
  readonly ensureImage: (reference: string) => Promise<void>;
  /** What to show to the image's registry, if anything. */
  readonly findCredential: FindCredential;
  readonly signal: AbortSignal;
}

const LABEL = 'com.amd.aim.scan';
const ENGINE_SOCKET = '/var/run/docker.sock';
const CONFIG_FOLDER = 'docker-config';
const MIB = 1024 ** 2;

/** The pinned scanner in a container, which is removed in any case. */
export function createContainerScanner(options: ContainerScannerOptions): Scanner {
  const { name, version, image: source } = options.scanner;
  return { name, version, source, pinned: true, scan: (image) => scanInContainer(image, options) };
}

async function scanInContainer(image: string, options: ContainerScannerOptions): Promise<string> {
  const { containers, engine, scanner, signal } = options;
  await options.ensureImage(scanner.image);
  const reference = parseReference(image);
  const isLocal = (await engine.inspectImage(image)) !== undefined;
  const id = await containers.create({
    name: `aimctl-scan-${randomUUID()}`,
    image: scanner.image,
    entrypoint: [scanner.entrypoint, `${isLocal ? 'docker' : 'registry'}:${image}`, '--output', 'json', '--quiet'],
    env: { DOCKER_CONFIG: `/${CONFIG_FOLDER}` },
    labels: { [LABEL]: scanner.version },
    user: undefined,
    // The engine's socket gives all power over the host: only for an image that is nowhere else.
    binds: isLocal ? [{ source: ENGINE_SOCKET, target: ENGINE_SOCKET }] : [],
    devices: [],
    groups: [],
    sharedMemoryBytes: 64 * MIB,
    ports: [],
  });
  try {
    const credential = isLocal ? undefined : await options.findCredential(reference);
    if (credential !== undefined) {
      await containers.putArchive(id, '/', renderLogin(CONFIG_FOLDER, serverName(reference.host), credential));
    }
    await containers.start(id);
    const lines: string[] = [];
    for await (const line of containers.readLog(id, { tailLines: undefined, follow: true, signal })) lines.push(line);
    signal.throwIfAborted();
    const text = lines.join('\n');
    const ended = await containers.inspect(id);
    if (ended?.exitCode !== 0) throw scanFailed(image, text);
    // Standard output and error come as one: warnings may stand before the report or after it.
    return text.slice(Math.max(0, text.search(/^\{/m)), text.lastIndexOf('}') + 1);
  } finally {
    await containers.remove(id);
  }
}
