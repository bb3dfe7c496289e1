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
import type { BenchFlags } from './bench-request.ts';
import { profilesFolder } from './build-images.ts';
import { showPull } from './present/launch.ts';
import type { Session } from './wire.ts';

/** One way to say where servers run. */
interface HostKind {
  /** Form of the address, for messages. */
  readonly form: string;
  readonly matches: (text: string) => boolean;
  readonly open: (session: Session, flags: BenchFlags, address: string) => Promise<BenchHost>;
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
];

/** Opens what `--url` or `--host` names; this machine's Docker Engine where neither is given. @throws AimError */
export async function openBenchHost(session: Session, flags: BenchFlags): Promise<BenchHost> {
  if (flags.url !== undefined) return createUrlHost(parseServerUrl(flags.url), await session.benchMachine(undefined));
  const text = flags.host ?? 'docker';
  const kind = KINDS.find(({ matches }) => matches(text));
  if (kind !== undefined) return kind.open(session, flags, text);
  throw failure('usage', {
    message: `--host names "${text}", which is no place where servers can be started`,
    hint: `There are ${KINDS.map(({ form }) => form).join(' and ')}; a running server is measured with --url.`,
  });
}

async function openContainerHost(session: Session, flags: BenchFlags, machine: Machine): Promise<BenchHost> {
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
