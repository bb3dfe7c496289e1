import { escapeHtml } from '../documents/escape-html.ts';
import type { DocumentedModel, ModelFacts } from './facts.ts';
import { MARK, type Page } from './page.ts';

/** Places in the template that are filled in. */
const MARK_PLACE = '<!-- mark -->';
const ROWS_PLACE = '<!-- models -->';

/**
 * The catalogue as one HTML file that needs nothing else: readable without scripts, searchable with them.
 * @param template `templates/catalogue.html`
 */
export function renderCataloguePage(template: string, { models }: ModelFacts): Page {
  const text = template
    .replace(MARK_PLACE, () => `<!-- ${MARK} -->`)
    .replace(ROWS_PLACE, () => models.map(renderModel).join('\n'));
  return { path: 'catalogue.html', text };
}

function renderModel(model: DocumentedModel): string {
  const gpus = [...new Set(model.serving.map(({ gpu }) => gpu))].sort();
  const precisions = [...new Set(model.serving.map(({ precision }) => precision))].sort();
  const words = [model.id, model.name, model.publisher, model.family, ...model.tags, ...gpus, ...precisions];
  const profiles = model.serving.map(({ id, gpu, gpuCount, precision, metric, type }) => {
    const cells = [id, `${gpuCount} × ${gpu}`, precision, metric, type];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  });
  return [
    `<article data-words="${escapeHtml(words.join(' ').toLowerCase())}">`,
    `<h2>${escapeHtml(model.name)}</h2>`,
    `<p>${escapeHtml(model.description ?? '')}</p>`,
    `<p class="facts"><span>${escapeHtml(model.publisher)}</span><span>${escapeHtml(model.size)}</span>` +
      `<span>${escapeHtml(model.licence)}</span><span>${model.gated ? 'gated' : 'open'}</span>` +
      `<span>${escapeHtml(gpus.join(', '))}</span><span>${escapeHtml(precisions.join(', '))}</span></p>`,
    `<p><code>${escapeHtml(model.repository)}</code></p>`,
    `<details><summary>${model.serving.length} profiles</summary><table>`,
    '<tr><th>Profile</th><th>GPUs</th><th>Precision</th><th>Metric</th><th>Type</th></tr>',
    ...profiles,
    '</table></details>',
    '</article>',
  ].join('\n');
}
