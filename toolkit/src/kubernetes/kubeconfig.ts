import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { messageOf, nearest } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** Where a Pod finds who it is. */
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export interface KubeconfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Undefined: the current one. */
  readonly context: string | undefined;
}

/**
 * The configuration that kubectl would use: the files of KUBECONFIG, else ~/.kube/config, else that of the pod this
 * runs in. Of several files the first that says something counts. @throws AimError environment or usage
 */
export function loadKubeconfig({ env, home, context }: KubeconfigOptions): KubeConfig {
  const files = findFiles(env, home);
  const config = files.length > 0 ? mergeFiles(files) : loadInCluster(env);
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(context)) throw unknownContext(context, names);
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) throw noCluster(config.getCurrentContext());
  return config;
}

function findFiles(env: KubeconfigOptions['env'], home: string): string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const files = (named.length > 0 ? named : [join(home, '.kube', 'config')]).filter((file) => existsSync(file));
  if (named.length === 0 || files.length > 0) return files;
  throw failure('environment', {
    message: `KUBECONFIG names ${named.join(delimiter)}, which does not exist`,
    hint: 'Set it to the file that your cluster gave you, or unset it to use ~/.kube/config.',
  });
}

function mergeFiles(files: readonly string[]): KubeConfig {
  const parts = files.map(loadFile);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfName(parts.flatMap((part) => part.getClusters())),
    contexts: firstOfName(parts.flatMap((part) => part.getContexts())),
    users: firstOfName(parts.flatMap((part) => part.getUsers())),
    currentContext: parts.map((part) => part.getCurrentContext()).find(Boolean) ?? '',
  });
  return merged;
}

function loadFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw failure('environment', {
      message: `${file} is no kubeconfig: ${messageOf(error)}`,
      hint: 'See it with kubectl config view.',
      cause: error,
    });
  }
  return config;
}

function firstOfName<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.toReversed().map((item) => [item.name, item])).values()].toReversed();
}

function loadInCluster(env: KubeconfigOptions['env']): KubeConfig {
  if (!env['KUBERNETES_SERVICE_HOST'] || !existsSync(SERVICE_ACCOUNT_TOKEN)) {
    throw failure('environment', {
      message: 'there is no configuration of a Kubernetes cluster',
      hint: 'Set KUBECONFIG, or put the configuration into ~/.kube/config; kubectl cluster-info shows whether it works.',
    });
  }
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function unknownContext(context: string, names: readonly string[]): Error {
  const similar = nearest(context, names);
  return failure('usage', {
    message: `the configuration has no context "${context}"`,
    hint: similar === undefined ? `There are: ${names.join(', ') || 'none'}.` : `Did you mean ${similar}?`,
  });
}

function noCluster(context: string): Error {
  return failure('environment', {
    message: context
      ? `the context "${context}" of the configuration names no cluster that is in it`
      : 'the configuration of Kubernetes has no current context',
    hint: 'Choose one with --context; kubectl config get-contexts lists them.',
  });
}
