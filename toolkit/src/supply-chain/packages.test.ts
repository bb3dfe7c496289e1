import { describe, expect, it } from 'vitest';
import { parseBundledPackages } from './packages.ts';

const integrity = `sha512-${Buffer.from('a'.repeat(64)).toString('base64')}`;
const lock = (packages: Record<string, object>) => JSON.stringify({ lockfileVersion: 3, packages });
const namesOf = (text: string) => parseBundledPackages(text).map(({ name, version }) => `${name}@${version}`);

describe('parseBundledPackages', () => {
  it('follows the dependencies of the runtime to the copies they get', () => {
    const text = lock({
      runtime: { dependencies: { '@s/a': '1' }, devDependencies: { tool: '1' }, version: '0.9.0' },
      toolkit: { dependencies: { foreign: '1' } },
      'node_modules/@s/a': { version: '1.0.0', license: 'MIT', integrity, dependencies: { b: '2' } },
      'node_modules/@s/a/node_modules/b': { version: '2.0.0', dependencies: { '@s/a': '1', c: '1' } },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/c': { version: '1.0.0', optionalDependencies: { 'of-another-platform': '1' } },
      'node_modules/foreign': { version: '1.0.0' },
      'node_modules/tool': { version: '1.0.0' },
      'node_modules/node': { version: '24.0.0', dependencies: { installer: '1' } },
      'node_modules/installer': { version: '1.0.0' },
    });
    expect(namesOf(text)).toEqual(['@s/a@1.0.0', 'b@2.0.0', 'c@1.0.0', 'node@24.0.0']);
    expect(parseBundledPackages(text)[0]).toMatchObject({ license: 'MIT', sha512: '61'.repeat(64) });
  });

  it('prefers the copy of the workspace itself, and names a package that is there twice once', () => {
    const text = lock({
      runtime: { dependencies: { a: '2', b: '1' } },
      'runtime/node_modules/a': { version: '2.0.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '1.0.0', dependencies: { a: '2' } },
      'node_modules/b/node_modules/a': { version: '2.0.0' },
    });
    expect(namesOf(text)).toEqual(['a@2.0.0', 'b@1.0.0']);
  });
});
