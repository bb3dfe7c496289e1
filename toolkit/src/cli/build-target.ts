import { resolve } from 'node:path';
import { failure } from '../exit-codes.ts';
import { parseDiskTarget, type DiskTarget } from '../images/layout-builder.ts';

/** Where built images go. */
export type BuildTarget =
  | { readonly kind: 'engine' }
  | { readonly kind: 'registry' }
  | { readonly kind: 'load' }
  | ({ readonly kind: 'disk' } & { readonly target: DiskTarget });

export const BUILDERS = ['docker', 'registry', 'layout'] as const;

export interface TargetFlags {
  readonly push: boolean;
  readonly load: boolean;
  readonly output?: string | undefined;
  readonly builder?: (typeof BUILDERS)[number] | undefined;
  readonly registry?: string | undefined;
}

/** What the flags ask for. Pushing needs no engine, so the registry builder is what `--push` means. @throws AimError usage */
export function chooseTarget(flags: TargetFlags): BuildTarget {
  const { push, load, output, builder } = flags;
  const given = [push && '--push', load && '--load', output !== undefined && '--output'].filter(
    (flag) => flag !== false,
  );
  if (given.length > 1) throw failure('usage', { message: `${given.join(' and ')} exclude each other` });
  refuseMismatch(builder, given[0]);
  if (output !== undefined) {
    const target = parseDiskTarget(output);
    return { kind: 'disk', target: { ...target, path: resolve(target.path) } };
  }
  if (load) return { kind: builder === 'docker' ? 'engine' : 'load' };
  if (!push) return { kind: 'engine' };
  if (flags.registry !== undefined) return { kind: 'registry' };
  throw failure('usage', { message: '--push needs a registry', hint: 'For example --registry ghcr.io/my-org.' });
}

function refuseMismatch(builder: TargetFlags['builder'], flag: string | undefined): void {
  if (builder === 'docker' && (flag === '--push' || flag === '--output')) {
    throw failure('usage', {
      message: `the docker builder does not know ${flag}: it leaves images on the engine`,
      hint: 'Leave out --builder: images are pushed and written without an engine.',
    });
  }
  if (builder === 'registry' && flag !== '--push')
    throw failure('usage', { message: 'the registry builder makes images in a registry', hint: 'Add --push.' });
  if (builder === 'layout' && flag !== '--load' && flag !== '--output')
    throw failure('usage', { message: 'the layout builder needs --output or --load' });
}
