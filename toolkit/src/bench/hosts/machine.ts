import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Endpoint } from '../../docker/endpoint.ts';
import type { HelperName } from '../client-file.ts';

/** A program of ours that runs on the host of the servers; it ends when its standard input does. */
export type Helper = ChildProcessByStdio<Writable, Readable, Readable>;

/** A machine that servers and load clients run on. */
export interface Machine {
  /** For messages: `this machine` or its address. */
  readonly name: string;
  /** Silence after which its agent takes this program for dead; 0 where the end of a pipe tells it at once. */
  readonly silenceMs: number;
  /** Which of this program's variables containers there may be given. */
  passes(variable: string): boolean;
  /** Starts a program there. @throws AimError environment or remote */
  start(helper: HelperName): Promise<Helper>;
  /** The engine as it can be called from here. @throws AimError environment or usage */
  reachEngine(engine: Endpoint): Promise<Endpoint>;
  /** An address of that machine as it can be called from here. @throws AimError remote */
  reachUrl(url: string): Promise<string>;
  /** Path there of a file from here. @throws AimError remote */
  provideFile(path: string): Promise<string>;
  close(): Promise<void>;
}
