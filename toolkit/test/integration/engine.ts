import { spawn } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import Dockerode from 'dockerode';
import { connectEngine } from '../../src/docker/client.ts';
import { connectionOptions } from '../../src/docker/connection.ts';
import { findEndpoints } from '../../src/docker/endpoint.ts';
import type { ContainerEngine } from '../../src/docker/engine.ts';
import { END_OF_ARCHIVE, padding, renderHeader } from '../../src/images/ustar.ts';

export const AIMCTL = join(import.meta.dirname, '../../bin/aimctl.js');

/** The engine the tests run on, with direct access to it. */
export interface TestEngine {
  readonly engine: ContainerEngine;
  readonly docker: Dockerode;
}

/** An engine, or undefined when there is none and none is required. */
export async function findTestEngine(): Promise<TestEngine | undefined> {
  const required = process.env['CI'] === 'true' || process.env['REQUIRE_DOCKER'] === '1';
  const endpoints = findEndpoints({ host: undefined, env: process.env, home: homedir(), uid: process.getuid?.() });
  try {
    const engine = await connectEngine(endpoints);
    const endpoint = endpoints.find(({ url }) => url === engine.endpoint)!;
    return { engine, docker: new Dockerode(connectionOptions(endpoint)) };
  } catch (error) {
    if (required) throw error;
    return undefined;
  }
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  /** Called with what has come on stderr so far; may send a signal. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs aimctl as its users do. */
export async function aimctl(args: readonly string[], { env = {}, onStderr }: RunOptions = {}): Promise<Run> {
  const child = spawn(process.execPath, [AIMCTL, ...args], {
    // In a workflow the tests are no event of their own.
    env: { ...process.env, GITHUB_ACTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    onStderr?.(stderr, (signal) => child.kill(signal));
  });
  const stdout = (await buffer(child.stdout)).toString();
  return { status: await ended, stdout, stderr };
}

/** Imports an image that holds just these files; it need not run. */
export async function importImage(docker: Dockerode, reference: string, files: Record<string, string>): Promise<void> {
  const chunks = Object.entries(files).flatMap(([path, text]) => {
    const sizeBytes = Buffer.byteLength(text);
    const header = renderHeader({ kind: 'file', path, mode: 0o644, owner: 0, mtime: 1, sizeBytes });
    return [header, Buffer.from(text), padding(sizeBytes)];
  });
  const [repo = '', tag = ''] = reference.split(':');
  const stream = await docker.importImage(Readable.from([...chunks, END_OF_ARCHIVE]), { repo, tag });
  const answer = (await buffer(stream)).toString();
  if (answer.includes('"error"')) throw new Error(answer);
}

/** A file of an image, as its layers hold it. */
export interface ImageFile {
  readonly kind: 'file' | 'directory';
  readonly mode: number;
  readonly owner: number;
  readonly mtime: number;
  readonly content: string;
}

/** Files of an image below /workspace. */
export async function readWorkspace(docker: Dockerode, image: string): Promise<Map<string, ImageFile>> {
  const container = await docker.createContainer({ Image: image, Entrypoint: ['/none'] });
  try {
    return parseTar(await buffer(await container.getArchive({ path: '/workspace' })));
  } finally {
    await container.remove();
  }
}

function parseTar(archive: Buffer): Map<string, ImageFile> {
  const files = new Map<string, ImageFile>();
  for (let at = 0; at + 512 <= archive.length;) {
    const field = (from: number, length: number) =>
      archive
        .toString('latin1', at + from, at + from + length)
        .replace(/\0[^]*$/, '')
        .trim();
    const octal = (from: number, length: number) => Number.parseInt(field(from, length) || '0', 8);
    const sizeBytes = octal(124, 12);
    const prefix = field(257, 5) === 'ustar' && field(345, 155) !== '' ? `${field(345, 155)}/` : '';
    const path = `/${prefix}${field(0, 100)}`.replace(/\/$/, '');
    const type = field(156, 1);
    if (path !== '/' && path !== '' && (type === '0' || type === '5')) {
      const content = archive.toString('utf8', at + 512, at + 512 + sizeBytes);
      const kind = type === '5' ? 'directory' : 'file';
      files.set(path, { kind, mode: octal(100, 8) & 0o7777, owner: octal(108, 8), mtime: octal(136, 12), content });
    }
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  return files;
}

/** A profiles folder with one model, general profiles and metadata, plus a stand-in for the runtime. */
export function writeCatalog(description = 'Serves tests.'): { folder: string; profiles: string; runtime: string } {
  const folder = mkdtempSync(join(tmpdir(), 'aimctl-test-'));
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const image = `org:\n  opencontainers:\n    image:\n      vendor: Example\n      licenses: MIT\n      description: ${JSON.stringify(description)}\n      source: https://example.com/aim\n`;
  put(
    'profiles/base/metadata.yaml',
    `${image}com:\n  amd:\n    aim:\n      title: Base for tests\n      release:\n        notes: "first line\\nsecond line"\n`,
  );
  put(
    'profiles/acme/Tiny-1.0/metadata.yaml',
    `${image}com:\n  amd:\n    aim:\n      title: Tiny\n      hfToken:\n        required: true\n      model:\n        canonicalName: acme/Tiny-1.0\n        publisher: Acme\n        source: https://example.com/tiny\n        tags: [chat, tiny]\n        recommendedDeployments:\n          - { gpuModel: MI300X, gpuCount: 1, precision: fp16, metric: latency, profileId: vllm-mi300x-fp16-tp1-latency, description: "It's quick" }\n`,
  );
  const body = (type: string) =>
    `metadata:\n  engine: vllm\n  gpu: MI300X\n  precision: fp16\n  gpu_count: 1\n  metric: latency\n  manual_selection_only: false\n  type: ${type}\nengine_args:\n  tensor-parallel-size: 1\nenv_vars:\n  VLLM_USE_X: "1"\n`;
  put(
    'profiles/acme/Tiny-1.0/vllm-mi300x-fp16-tp1-latency.yaml',
    `aim_id: acme/Tiny-1.0\nmodel_id: acme/Tiny-1.0\n${body('optimized')}`,
  );
  put('profiles/general/vllm-mi300x-fp16-tp1-latency.yaml', body('general'));
  put('aim-runtime', '#!/bin/sh\nexit 0\n');
  return { folder, profiles: join(folder, 'profiles'), runtime: join(folder, 'aim-runtime') };
}
