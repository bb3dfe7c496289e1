import type { CardOutcome } from '../../models/cards.ts';
import type { ModelDetails, ModelEntry } from '../../models/catalogue.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl model list`. */
export interface ModelsReport {
  readonly models: readonly ModelEntry[];
}

/** Result of `aimctl model cards`. */
export interface CardsReport {
  readonly cards: readonly CardOutcome[];
}

const MILLION = 1e6;
const BILLION = 1e9;

/** Table of the catalogue. */
export function renderModels({ models }: ModelsReport): string {
  if (models.length === 0) return 'There is no such model in the catalogue.';
  const rows = models.map(({ id, family, parameters, precisions, licence, gated }) => [
    id,
    family,
    renderParameters(parameters),
    precisions.join(' '),
    gated ? `${licence} (gated)` : licence,
  ]);
  return renderTable(['MODEL', 'FAMILY', 'PARAMETERS', 'PRECISIONS', 'LICENCE'], rows);
}

/** One model with its profiles and recipes. */
export function renderModel(model: ModelDetails): string {
  const { dimensions: shape } = model;
  const facts = [
    ['publisher', model.publisher],
    ['family', model.family],
    ['parameters', renderParameters(model.parameters)],
    ['architecture', shape ? `${shape.architecture}, ${shape.layers} layers, hidden size ${shape.hidden_size}` : null],
    ['context', shape?.context === undefined || shape.context === null ? null : `${shape.context} tokens`],
    ['precisions', model.precisions.join(', ')],
    ['licence', model.gated ? `${model.licence}; gated: needs HF_TOKEN` : model.licence],
    ['tags', model.tags.join(', ')],
    ['variants', model.variants.length === 0 ? null : model.variants.join(', ')],
    ['recipes', model.recipes.length === 0 ? null : model.recipes.join(', ')],
  ].flatMap(([name, value]) => (value === null || value === undefined ? [] : [`  ${name ?? ''}: ${value}`]));
  const rows = model.serving.map((each) => [
    each.profile,
    `${each.gpu_count} x ${each.gpu}`,
    each.precision,
    each.metric,
    each.type,
  ]);
  const table =
    rows.length === 0 ? 'no profiles' : renderTable(['PROFILE', 'GPUS', 'PRECISION', 'METRIC', 'TYPE'], rows);
  const title = model.description === null ? model.name : `${model.name}: ${model.description}`;
  return [model.id, title, ...facts, '', table].join('\n');
}

/** What became of each card, with the reason where the hub gave nothing. */
export function renderCards({ cards }: CardsReport): string {
  if (cards.length === 0) return 'There are no models.';
  const rows = cards.map(({ id, outcome, folder, reason }) => [id, outcome, folder ?? '-', reason ?? '']);
  return renderTable(['MODEL', 'CARD', 'FOLDER', 'REASON'], rows);
}

/** `8.03B`, `494M`; a question mark for a number that is not known. */
function renderParameters(count: number | null): string {
  if (count === null) return '?';
  return count >= BILLION
    ? `${Number((count / BILLION).toPrecision(3))}B`
    : `${Number((count / MILLION).toPrecision(3))}M`;
}
