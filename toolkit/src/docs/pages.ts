import { renderCataloguePage } from './catalogue-page.ts';
import { renderCliPages, type CommandFacts } from './cli-pages.ts';
import { renderDeploymentPage } from './deployment-page.ts';
import type { ModelFacts } from './facts.ts';
import { renderImagesPage, type LatestImage } from './images-page.ts';
import { renderMatrixPage } from './matrix-page.ts';
import { renderModelPage } from './model-page.ts';
import type { Page } from './page.ts';
import { renderRulePage, type RuleFacts } from './rule-page.ts';

/** What the documentation is generated from. */
export interface DocsFacts {
  readonly models: ModelFacts;
  readonly commands: readonly CommandFacts[];
  readonly rules: readonly RuleFacts[];
  /** `0.9`: the line of versions that commands name. */
  readonly line: string;
  /** `templates/catalogue.html`. */
  readonly catalogueTemplate: string;
  /** What a registry holds; undefined when none was asked. */
  readonly images: { readonly registry: string; readonly latest: readonly LatestImage[] } | undefined;
}

/** Pages that need a registry: without one, they stay as they are. */
export const REGISTRY_PAGES = ['images.md'];

/** All generated pages. The same facts give the same bytes. */
export function renderPages({ models, commands, rules, line, catalogueTemplate, images }: DocsFacts): Page[] {
  return [
    renderMatrixPage(models),
    ...models.models.flatMap((model) => [renderModelPage(model), renderDeploymentPage(model, line)]),
    ...renderCliPages(commands),
    renderRulePage(rules),
    renderCataloguePage(catalogueTemplate, models),
    ...(images === undefined ? [] : [renderImagesPage(images.registry, images.latest)]),
  ];
}
