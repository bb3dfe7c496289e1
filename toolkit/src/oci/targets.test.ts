import { describe, expect, it } from 'vitest';
import { checkTarget, isLoopback } from './targets.ts';

const check = (from: string, address: string) => checkTarget(new URL(from), address, 'redirect').href;

describe('an address a registry names', () => {
  it.each([
    ['https://r.example/v2/', '/v2/a', 'https://r.example/v2/a'],
    ['https://r.example/v2/', 'https://cdn.example/x?sig=a%2Bb', 'https://cdn.example/x?sig=a%2Bb'],
    ['https://r.example/v2/', 'http://r.example/x', 'https://r.example/x'],
    ['https://r.example:8443/v2/', 'http://r.example/x', 'https://r.example:8443/x'],
    ['http://127.0.0.1:5000/', 'http://127.0.0.1:5001/x', 'http://127.0.0.1:5001/x'],
    ['http://10.0.0.1/', 'http://10.0.0.2/x', 'http://10.0.0.2/x'],
    ['http://localhost:5000/', 'https://cdn.example/x', 'https://cdn.example/x'],
  ])('%s: %s is followed', (from, address, expected) => {
    expect(check(from, address)).toBe(expected);
  });

  it.each([
    ['http://cdn.example/x', 'unprotected'],
    ['https://user:secret@cdn.example/x', 'credentials'],
    ['ftp://cdn.example/x', 'no HTTP address'],
    ['file:///etc/passwd', 'no HTTP address'],
    ['https://127.0.0.1/x', 'private'],
    ['https://2130706433/x', 'private'],
    ['https://0x7f.1/x', 'private'],
    ['https://localhost/x', 'private'],
    ['https://a.localhost/x', 'private'],
    ['https://10.1.2.3/x', 'private'],
    ['https://172.31.0.1/x', 'private'],
    ['https://192.168.0.1:8443/x', 'private'],
    ['https://169.254.169.254/latest/meta-data', 'private'],
    ['https://[::1]/x', 'private'],
    ['https://[::ffff:169.254.169.254]/x', 'private'],
    ['https://[fd00::1]/x', 'private'],
    ['https://[fe80::1]/x', 'private'],
    ['https://0.0.0.0/x', 'private'],
    ['https://', 'no HTTP address'],
  ])('https://r.example: %s is not followed', (address, why) => {
    expect(() => check('https://r.example/v2/', address)).toThrow(
      expect.objectContaining({ code: 'remote', message: expect.stringContaining(why) as string }),
    );
  });

  it('with credentials is not quoted', () => {
    expect(() => check('https://r.example/', 'https://user:secret@cdn.example/')).not.toThrow(/secret/);
  });
});

it('knows this machine', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]', 'a.localhost'].every(isLoopback)).toBe(true);
  expect(
    ['localhost.example', '127.example', '127.0.0.1.example', '128.0.0.1', 'r.example', '[::2]'].some(isLoopback),
  ).toBe(false);
});
