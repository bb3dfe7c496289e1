import type { DeployDeleteReport, DeployStatusReport } from '../deploy-cluster.ts';
import { renderTable } from './table.ts';

/** Deployments with their objects and pods, and what is wrong with those. */
export function renderDeployed({ deployments }: DeployStatusReport): string {
  if (deployments.length === 0) return 'No deployments that aimctl made.';
  return deployments
    .map(({ name, namespace, model, ready, objects, pods }) => {
      const states = objects.flatMap(({ kind, name: each, state }) => (state === null ? [] : [[kind, each, state]]));
      const rows = pods.map((pod) => ['Pod', pod.name, `${pod.phase}${pod.node === null ? '' : ` on ${pod.node}`}`]);
      const troubles = pods.flatMap((pod) =>
        pod.trouble === null ? [] : [`${pod.name}: ${pod.trouble}. ${pod.hint ?? ''}`],
      );
      const title = `${namespace}/${name}: ${model ?? 'unknown model'}, ${ready ? 'ready' : 'not ready'}`;
      return [title, renderTable(['KIND', 'NAME', 'STATE'], [...states, ...rows]), ...troubles].join('\n');
    })
    .join('\n\n');
}

/** What is gone and what is left. */
export function renderDeleted({ name, removed, kept, dry_run: dryRun }: DeployDeleteReport): string {
  const left = kept.length === 0 ? [] : [`Kept ${kept.join(', ')}: --delete-cache removes the models too.`];
  return [`${dryRun ? 'Would remove' : 'Removed'} ${name}: ${removed.join(', ') || 'nothing'}.`, ...left].join('\n');
}
