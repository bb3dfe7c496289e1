import { writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';

/** Writes a configuration with one cluster, whose context is current. Returns the file. */
export function writeKubeconfig(
  file: string,
  server: string,
  { token = 'secret', namespace }: { readonly token?: string; readonly namespace?: string } = {},
): string {
  const context = { cluster: 'test', user: 'test', ...(namespace === undefined ? {} : { namespace }) };
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'test', context }],
    users: [{ name: 'test', user: { token } }],
  };
  writeFileSync(file, dump(config));
  return file;
}
