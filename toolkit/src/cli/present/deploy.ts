import type { DeployReport } from '../deploy-model.ts';

/** What was written, or the texts themselves as one stream of YAML documents; then what a person should know. */
export function renderDeploy(report: DeployReport, output: string): string {
  const { files, notes, name, gpu, model, profile } = report;
  const said = notes.map((note) => `# ${note}`);
  if (report.cluster !== null) return [renderApplied(report), ...said].join('\n');
  if (output === '-') return [...said, ...files.map(renderFile)].join('\n');
  const written = files.map((file) => `${file.written ?? ''} ${output.replace(/\/$/, '')}/${file.name}`);
  return [...written, `# ${name}: ${model} with ${profile} on ${gpu.count} x ${gpu.model}`, ...said].join('\n');
}

function renderApplied({ name, namespace, cluster, gpu, model, profile }: DeployReport): string {
  const lines = [
    ...(cluster?.objects ?? []).map((each) => `${each.outcome} ${each.kind.toLowerCase()}/${each.name}`),
    ...(cluster?.removed ?? []).map((each) => `removed ${each}`),
  ];
  const state = cluster?.ready === true ? 'serves' : 'was applied; see how it is with aimctl deploy status';
  return [...lines, `# ${namespace}/${name} ${state}: ${model} with ${profile} on ${gpu.count} x ${gpu.model}`].join(
    '\n',
  );
}

/** Only YAML can stand behind a separator of documents. */
function renderFile({ name, text }: DeployReport['files'][number], _: number, all: readonly unknown[]): string {
  const separator = name.endsWith('.yaml') && !name.startsWith('templates/') ? '---\n' : '';
  return all.length === 1 && separator === '' ? text.trimEnd() : `${separator}# ${name}\n${text.trimEnd()}`;
}
