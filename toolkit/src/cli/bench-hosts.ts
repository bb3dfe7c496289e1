import type { BenchHost } from '../bench/host.ts';
import { createDockerHost } from '../bench/hosts/docker-host.ts';
import { openEngineSite } from '../bench/hosts/engine-site.ts';
import type { Machine } from '../bench/hosts/machine.ts';
import { parseSshAddress } from '../bench/hosts/ssh-address.ts';
import { createUrlHost, parseServerUrl } from '../bench/hosts/url-host.ts';
import { loadModelChoices } from '../engine/request.ts';
import { failure } from '../exit-codes.ts';
import { parseRegistry } from '../images/names.ts';
import { loadProfile } from '../profiles/find.ts';
import type { ServerFlags } from './bench-request.ts';
import { profilesFolder } from './build-images.ts';
import { showPull } from './present/launch.ts';
import type { Session } from './session.ts';

/** One way to say where servers run. */
interface HostKind {
  /** Form of the address, for messages. */
  readonly form: string;
  readonly matches: (text: string) => boolean;
  readonly open: (session: Session, flags: ServerFlags, address: string) => Promise<BenchHost>;
}

/** The first that matches is used. */
const KINDS: readonly HostKind[] = [
  {
    form: 'docker',
    matches: (text) => text === 'docker',
    open: async (session, flags) => openContainerHost(session, flags, await session.benchMachine(undefined)),
  },
  {
    form: 'ssh://[USER@]HOST[:PORT]',
    matches: (text) => text.startsWith('ssh:'),
    open: async (session, flags, text) => {
      const address = parseSshAddress(text);
      session.progress.update(`connecting to ${address.host}`);
      const machine = await session.benchMachine({ address, config: flags['ssh-config'] });
      return openContainerHost(session, flags, machine);
    },
  },
  {
    form: 'k8s://[CONTEXT[/NAMESPACE]]',
    matches: (text) => text.startsWith('k8s:'),
    open: async (session, flags, text) =>
      (await import('./bench-kubernetes.ts')).openKubernetesHost(session, flags, text),
  },
];

/** Opens what `--url` or `--host` names; this machine's Docker Engine where neither is given. @throws AimError */
export async function openBenchHost(session: Session, flags: ServerFlags): Promise<BenchHost> {
  if (flags.url !== undefined) {
    const key = readKey(session, flags['api-key-env']);
    return createUrlHost(parseServerUrl(flags.url), await session.benchMachine(undefined), key);
  }
  const text = flags.host ?? 'docker';
  const kind = KINDS.find(({ matches }) => matches(text));
  if (kind !== undefined) return kind.open(session, flags, text);
  throw failure('usage', {
    message: `--host names "${text}", which is no place where servers can be started`,
    hint: `There are ${KINDS.map(({ form }) => form).join(', ')}; a running server is measured with --url.`,
  });
}

/** The key that a variable holds. @throws AimError usage when there is none, or it cannot be sent */
function readKey(session: Session, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const key = session.variable(name)?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw failure('usage', {
    message: `--api-key-env: the variable ${name} ${key === '' ? 'is not set' : 'holds what is no key'}`,
    hint: `Export the key: read -rs ${name} && export ${name}.`,
  });
}

async function openContainerHost(session: Session, flags: ServerFlags, machine: Machine): Promise<BenchHost> {
  const { progress, locations } = session;
  try {
    const { passedEnv } = (await session.endpointHost()).settings;
    const site = await openEngineSite(machine, session.engines, passedEnv);
    for (const name of site.removed) progress.note(`Removed ${name}: the benchmark that started it had died`);
    const root = profilesFolder(flags.profiles, locations.root);
    return createDockerHost({
      site,
      loadProfiles: (wanted) => loadModelChoices(root, wanted),
      readModel: (profile) => {
        const { aimId, modelId } = loadProfile(profile);
        return aimId ?? modelId;
      },
      registry: flags.registry === undefined ? undefined : parseRegistry(flags.registry),
      version: locations.version,
      cacheDir: flags['cache-dir'],
      gpuTimeoutMs: flags['gpu-timeout'] * 1000,
      onPull: showPull(progress),
      note: (text) => progress.note(text),
    });
  } catch (error) {
    await machine.close();
    throw error;
  }
}
