import type { DocumentedModel } from './facts.ts';
import { escapeText, renderBlock, renderCode, renderTable } from './markdown.ts';
import { renderPage, type Page } from './page.ts';
import { renderProfileTable } from './profile-table.ts';

/** Folder of a model's pages below the documentation's. */
export function modelFolder(model: DocumentedModel): string {
  return `models/${model.aimId}`;
}

/** What a model's image is, and which profiles it holds. */
export function renderModelPage(model: DocumentedModel): Page {
  const gpus = [...new Set(model.serving.map(({ gpu }) => gpu))].sort();
  const parts = [
    model.description === null ? '' : escapeText(model.description),
    renderTable(['', ''], renderFacts(model)),
    'How to run it: [DEPLOYMENT.md](DEPLOYMENT.md).',
    '## Profiles',
    'The image selects one by the GPUs it finds and by `AIM_PRECISION`, `AIM_GPU_COUNT` and `AIM_METRIC`; ' +
      '`AIM_PROFILE_ID` asks for one by its name. Memory is the estimate of `aimctl estimate` with the profile as it is.',
    ...gpus.flatMap((gpu) => [
      `### ${escapeText(gpu)}`,
      renderProfileTable(model.serving.filter((profile) => profile.gpu === gpu)),
    ]),
    '## More about a profile',
    renderBlock('sh', `aimctl profile list --model ${model.aimId}\naimctl estimate ${model.serving[0]?.name ?? ''}`),
  ];
  return renderPage(`${modelFolder(model)}/README.md`, escapeText(model.name), parts);
}

function renderFacts(model: DocumentedModel): string[][] {
  const parameters = model.parameters === null ? model.size : `${(model.parameters / 1e9).toFixed(1)} billion`;
  const checkpoints = [...new Set(model.serving.flatMap(({ modelId }) => modelId ?? []))].sort();
  return [
    ['Model', `[${escapeText(model.id)}](https://huggingface.co/${model.id})`],
    ['Image', renderCode(model.repository)],
    ['Publisher', escapeText(model.publisher)],
    ['Parameters', parameters],
    ['Licence', escapeText(model.licence)],
    ['Access', model.gated ? 'gated: needs an account that accepted the terms, and its token' : 'open'],
    ['Checkpoints', checkpoints.map(renderCode).join(', ')],
    ['Tags', model.tags.map(escapeText).join(', ')],
  ];
}
