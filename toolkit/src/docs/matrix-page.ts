import type { DocumentedModel, DocumentedProfile, ModelFacts } from './facts.ts';
import { escapeText, renderTable } from './markdown.ts';
import { modelFolder } from './model-page.ts';
import { renderPage, type Page } from './page.ts';

/** What a profile's type is written as in a cell. */
const LETTERS = { optimized: 'O', preview: 'P', unoptimized: 'U', general: 'G' } as const;

/** All models: what they are, and for which GPU, precision and metric there are profiles. */
export function renderMatrixPage({ models, general }: ModelFacts): Page {
  const gpus = [...new Set(models.flatMap(({ serving }) => serving.map(({ gpu }) => gpu)))].sort();
  const parts = [
    `${models.length} models have profiles of their own. A base image serves any other model with the general profiles.`,
    renderTable(['Model', 'Publisher', 'Size', 'Licence', 'Access', 'Image'], models.map(renderModelRow)),
    '## Support matrix',
    'Each cell lists the GPU counts for latency, then for throughput. The letter is the type of the profile: ' +
      '**O** optimized, **P** preview, **U** unoptimized; an asterisk means that its measurements are stored beside it.',
    renderTable(
      ['Model', 'Precision', ...gpus],
      models.flatMap((model) => renderSupport(model, gpus)),
    ),
    '## General profiles',
    renderTable(['GPU', 'Precision', 'GPU counts'], renderGeneral(general)),
  ];
  return renderPage('models/README.md', 'Models', parts);
}

function renderModelRow(model: DocumentedModel): string[] {
  const { name, publisher, size, licence, gated, repository } = model;
  const link = `[${escapeText(name)}](${modelFolder(model).slice('models/'.length)}/README.md)`;
  return [link, escapeText(publisher), escapeText(size), escapeText(licence), gated ? 'gated' : 'open', repository];
}

function renderSupport({ name, serving }: DocumentedModel, gpus: readonly string[]): string[][] {
  const precisions = [...new Set(serving.map(({ precision }) => precision))].sort();
  return precisions.map((precision) => {
    const cells = gpus.map((gpu) => {
      const here = serving.filter((profile) => profile.gpu === gpu && profile.precision === precision);
      const metrics = ['latency', 'throughput'].map((metric) => renderCounts(here, metric));
      return here.length === 0 ? '' : metrics.join(' / ');
    });
    return [escapeText(name), precision, ...cells];
  });
}

/** `1 O*, 8 U`, or a dash. */
function renderCounts(profiles: readonly DocumentedProfile[], metric: string): string {
  const found = profiles.filter((profile) => profile.metric === metric).sort((a, b) => a.gpuCount - b.gpuCount);
  const cells = found.map(({ gpuCount, type, measured }) => `${gpuCount} ${letterOf(type)}${measured ? '\\*' : ''}`);
  return [...new Set(cells)].join(', ') || '–';
}

function letterOf(type: string): string {
  return LETTERS[type as keyof typeof LETTERS];
}

function renderGeneral(general: ModelFacts['general']): string[][] {
  const kinds = [...new Set(general.map(({ gpu, precision }) => `${gpu}\n${precision}`))].sort();
  return kinds.map((kind) => {
    const [gpu = '', precision = ''] = kind.split('\n');
    const counts = general
      .filter((each) => each.gpu === gpu && each.precision === precision)
      .map((each) => each.gpuCount);
    return [gpu, precision, [...new Set(counts)].sort((a, b) => a - b).join(', ')];
  });
}
