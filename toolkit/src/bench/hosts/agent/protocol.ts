import type { Hardware } from 'aim-runtime/gpu';
import type { Endpoint } from '../../../docker/endpoint.ts';
import type { DeviceAccess } from '../../../engine/devices.ts';
import type { HostGpu } from '../../../engine/gpus.ts';

/**
 * The agent is a process on the host of the servers. It answers questions about that host and holds a lease on the
 * containers that are made there: when its standard input ends, or nothing comes for `silenceMs`, it removes them.
 * Both directions are JSON lines.
 */
export interface AgentQuestions {
  facts: { readonly ask: null; readonly answer: HostFacts };
  hardware: { readonly ask: null; readonly answer: Hardware };
  access: { readonly ask: { readonly gpus: readonly HostGpu[] }; readonly answer: DeviceAccess };
  folder: { readonly ask: { readonly path: string }; readonly answer: null };
  /** Takes the lease on an engine, after containers of holders that died were removed. */
  hold: { readonly ask: HoldRequest; readonly answer: { readonly lease: string; readonly removed: readonly string[] } };
}

export type AgentTopic = keyof AgentQuestions;

export interface HoldRequest {
  readonly endpoint: Endpoint;
  /** Silence after which the asker counts as dead; 0 for never. */
  readonly silenceMs: number;
}

/** What the agent says of its host. */
export interface HostFacts {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Version of the amdgpu driver. */
  readonly driver: string | undefined;
  /** Folder that holds models when none is named. */
  readonly cacheDir: string;
  readonly engines: readonly Endpoint[];
  /** Programs on PATH, and the device node of the GPU driver. */
  readonly has: { readonly docker: boolean; readonly amdSmi: boolean; readonly kfd: boolean };
}

/** One line to the agent; a ping only breaks the silence, `over` says that an orderly end follows. */
export type AgentLine =
  | { readonly id: number; readonly topic: AgentTopic; readonly ask: unknown }
  | { readonly ping: true }
  | { readonly over: true };

export type AgentAnswer =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number;
      readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
    };
