import { failure } from '../../exit-codes.ts';

/** A machine as `ssh` is told about it. */
export interface SshAddress {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** Neither may be read as an option of `ssh`, or as more than one word by a shell. */
const HOST = /^[a-z0-9_][\w.-]*$|^\[[0-9a-f:.]+\]$/i;
const USER = /^[a-z0-9_][\w.@-]*$/i;

/** Reads `ssh://[USER@]HOST[:PORT]`; HOST may be an alias of ssh's own configuration. @throws AimError usage */
export function parseSshAddress(text: string): SshAddress {
  const url = URL.parse(text);
  if (url?.protocol !== 'ssh:' || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw wrong('--host ssh takes an address such as ssh://user@gpu-node or ssh://user@gpu-node:2222');
  }
  if (url.password !== '') throw wrong('--host must not hold a password: ssh takes keys and its agent');
  const user = decodeUser(url.username);
  const host = url.hostname;
  if (!HOST.test(host)) throw wrong(`--host names "${host}", which is no name of a machine`);
  if (user !== '' && !USER.test(user)) throw wrong(`--host names "${user}", which is no name of a user`);
  return {
    host: host.replaceAll(/[[\]]/g, ''),
    user: user === '' ? undefined : user,
    port: url.port === '' ? undefined : Number(url.port),
  };
}

function decodeUser(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw wrong(`--host names "${encoded}", which is no name of a user`);
  }
}

function wrong(message: string): Error {
  return failure('usage', { message, hint: 'For example --host ssh://me@gpu-node.' });
}
