import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandFacts } from '../docs/cli-pages.ts';
import { loadModelFacts, type ModelFacts } from '../docs/facts.ts';
import { loadLatestImages } from '../docs/latest-images.ts';
import { REGISTRY_PAGES, renderPages, type DocsFacts } from '../docs/pages.ts';
import { applyDocs, planDocs } from '../docs/update.ts';
import { failure } from '../exit-codes.ts';
import { parseRegistry, releaseLine } from '../images/names.ts';
import { RULES } from '../lint/main.ts';
import { catalogueFolders } from '../models/catalogue.ts';
import type { Locations } from './locations.ts';
import type { DocsReport } from './present/docs.ts';
import type { Session } from './session.ts';

/** What `docs` is called with. */
export interface DocsRequest {
  readonly models: string | undefined;
  readonly profiles: string | undefined;
  /** Folder of the pages; undefined for that of the repository. */
  readonly output: string | undefined;
  readonly check: boolean;
  readonly registry: string | undefined;
  readonly insecure: boolean;
}

/** Generates the pages, and writes them unless they are only checked. @throws AimError usage, check-failed, remote */
export async function updateDocs(
  session: Session,
  commands: readonly CommandFacts[],
  request: DocsRequest,
): Promise<DocsReport> {
  const { root, version } = session.locations;
  const folder = outputFolder(request.output, session.locations);
  const models = await loadModelFacts(catalogueFolders(root, request), session.signal);
  const pages = renderPages({
    ...{ models, commands, rules: RULES, line: releaseLine(version) },
    catalogueTemplate: readFileSync(join(root, 'templates/catalogue.html'), 'utf8'),
    images: await loadImages(session, models, request),
  });
  const plan = planDocs(folder, pages, REGISTRY_PAGES);
  if (!request.check) applyDocs(folder, pages, plan);
  return { folder, written: !request.check, ...plan };
}

async function loadImages(
  session: Session,
  { models }: ModelFacts,
  { registry: text, insecure }: DocsRequest,
): Promise<DocsFacts['images']> {
  if (text === undefined) return undefined;
  const registry = parseRegistry(text);
  const client = await session.connectRegistries(insecure);
  return { registry, latest: await loadLatestImages(client, registry, models) };
}

/** @throws AimError usage for what is no folder, and outside a repository, where there is none to bring up to date */
function outputFolder(given: string | undefined, { root, recordedStamp }: Locations): string {
  if (given !== undefined) return parseFolder(given);
  if (recordedStamp === undefined) return join(root, 'docs');
  throw failure('usage', { message: 'this aimctl runs outside its repository', hint: 'Name a folder with --output.' });
}

function parseFolder(text: string): string {
  const folder = resolve(text);
  if (text !== '' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== false) return folder;
  throw failure('usage', {
    message: `--output takes a folder, not "${text}"`,
    hint: 'Name a folder, or a place where one can be made.',
  });
}
