import { readFileSync, readlinkSync } from 'node:fs';

/** Every container of a benchmark carries this label; its value names the process that removes it in the end. */
export const LEASE_LABEL = 'com.amd.aim.bench.lease';

/** The process that holds a lease, told apart from every later one with the same id. */
export interface LeaseHolder {
  /** Changes with every start of the machine. */
  readonly bootId: string;
  /** Processes of another namespace cannot be seen from here. */
  readonly namespace: string;
  readonly pid: number;
  /** Start of the process in ticks since the machine's. */
  readonly startedTicks: string;
}

/** The lease as a label's value. */
export function renderLease({ bootId, namespace, pid, startedTicks }: LeaseHolder): string {
  return `${bootId}/${namespace}/${pid}/${startedTicks}`;
}

/** Undefined for a text that no {@link renderLease} made. */
export function parseLease(text: string): LeaseHolder | undefined {
  const [bootId = '', namespace = '', pid = '', startedTicks = '', ...rest] = text.split('/');
  if (bootId === '' || namespace === '' || !/^\d+$/.test(pid) || !/^\d+$/.test(startedTicks)) return undefined;
  return rest.length > 0 ? undefined : { bootId, namespace, pid: Number(pid), startedTicks };
}

/** What is known of a machine's processes. */
export interface ProcessView {
  readonly bootId: string;
  readonly namespace: string;
  /** Undefined when there is no such process. */
  startedTicks(pid: number): string | undefined;
}

/**
 * True when nobody will ever remove the lease's container. A container that runs and whose holder cannot be seen from
 * here, in another namespace, is left alone.
 */
export function isAbandoned(lease: string, running: boolean, view: ProcessView): boolean {
  const holder = parseLease(lease);
  if (holder === undefined) return false;
  if (holder.bootId !== view.bootId || holder.namespace !== view.namespace) return !running;
  return view.startedTicks(holder.pid) !== holder.startedTicks;
}

const START_TIME_FIELD = 22;

/** The processes of this machine, as Linux tells. @param procRoot `/proc` */
export function viewProcesses(procRoot: string): ProcessView {
  return {
    bootId: readFileSync(`${procRoot}/sys/kernel/random/boot_id`, 'utf8').trim(),
    namespace: readlinkSync(`${procRoot}/self/ns/pid`).replaceAll(/[^0-9]/g, ''),
    startedTicks: (pid) => {
      try {
        const stat = readFileSync(`${procRoot}/${pid}/stat`, 'utf8');
        // The name, in brackets, may hold spaces and brackets itself; a zombie has ended.
        const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' ? undefined : fields[START_TIME_FIELD - 4];
      } catch {
        return undefined; // it is gone
      }
    },
  };
}

/** The lease of the process that asks. */
export function ownLease(view: ProcessView, pid: number): string {
  const { bootId, namespace } = view;
  return renderLease({ bootId, namespace, pid, startedTicks: view.startedTicks(pid) ?? '0' });
}
