import { failure } from '../../../exit-codes.ts';

/** Where in which cluster; undefined: as kubectl's configuration says. */
export interface ClusterAddress {
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

const SCHEME = 'k8s://';

/**
 * Parses `k8s://[CONTEXT[/NAMESPACE]]`. What follows the last slash is the namespace, since contexts may hold slashes;
 * `%2F` stands for one where no namespace follows. @throws AimError usage
 */
export function parseClusterAddress(text: string): ClusterAddress {
  const rest = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : undefined;
  const slash = rest?.lastIndexOf('/') ?? -1;
  try {
    if (rest === undefined) throw new URIError('no scheme');
    const [context, namespace] = slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash + 1)];
    return { context: decodeURIComponent(context) || undefined, namespace: decodeURIComponent(namespace) || undefined };
  } catch {
    throw failure('usage', {
      message: `"${text}" is no place in a cluster`,
      hint: 'Write k8s://CONTEXT/NAMESPACE, or k8s:// for the current ones; kubectl config get-contexts lists them.',
    });
  }
}
