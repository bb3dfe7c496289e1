import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSshAddress } from './ssh-address.ts';
import { quoteShell } from './ssh-connection.ts';
import { parseRemoteFacts } from './ssh-node.ts';

describe('an address for ssh', () => {
  it.each([
    ['ssh://gpu-node', { host: 'gpu-node', user: undefined, port: undefined }],
    ['ssh://me@10.0.0.7:2222', { host: '10.0.0.7', user: 'me', port: 2222 }],
    ['ssh://me@gpu.example.com/', { host: 'gpu.example.com', user: 'me', port: undefined }],
    ['ssh://[fe80::1]:22', { host: 'fe80::1', user: undefined, port: 22 }],
  ])('%s', (text, address) => expect(parseSshAddress(text)).toEqual(address));

  it.each([
    'ssh://',
    'ssh://-oProxyCommand=x',
    'ssh://-l@host',
    'ssh://me:secret@host',
    'ssh://host/path',
    'ssh://host?x',
    'ssh://ho%20st',
    'ssh://%2doProxyCommand=x@host',
    'ssh://%zz@host',
    'ssh:host',
  ])('%s is refused', (text) => {
    let message = '';
    try {
      parseSshAddress(text);
    } catch (error) {
      message = (error as Error).message;
      expect(error).toMatchObject({ code: 'usage' });
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('secret');
  });
});

it('a quoted word reaches a shell as it is', () => {
  const word = fc.string().filter((text) => !text.includes('\0') && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const command = `printf '%s\\0' ${words.map(quoteShell).join(' ')}`;
      expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(words.map((each) => `${each}\0`).join(''));
    }),
    { numRuns: 40 },
  );
});

describe('what another machine says', () => {
  it.each([
    ['node:/usr/bin/node\nversion:v22.19.0', '/usr/bin/node'],
    ['node:/usr/bin/node\nversion:v24.0.0', '/usr/bin/node'],
    ['node:/usr/bin/node\nversion:v22.18.9', undefined],
    ['node:/usr/bin/node\nversion:v20.20.2', undefined],
    ['node:/usr/bin/node\nversion:', undefined],
    ['', undefined],
  ])('%j', (text, node) => {
    expect(parseRemoteFacts(`Last login: today\nsystem:Linux\narch:x86_64\n${text}\n`)).toEqual({
      ...{ system: 'Linux', arch: 'x64' },
      node,
    });
  });
});
