import { escapeText, renderCode, renderTable } from './markdown.ts';
import { renderPage, type Page } from './page.ts';

/** The newest official image of a repository; null where none is published. */
export interface LatestImage {
  readonly title: string;
  readonly repository: string;
  readonly latest: { readonly tag: string; readonly digest: string } | null;
}

/** The list of what a registry offers. */
export function renderImagesPage(registry: string, images: readonly LatestImage[]): Page {
  const rows = images.map(({ title, repository, latest }) => [
    escapeText(title),
    renderCode(`${registry}/${repository}${latest === null ? '' : `:${latest.tag}`}`),
    latest === null ? 'not published' : renderCode(latest.digest),
  ]);
  return renderPage('images.md', 'Latest images', [
    `The newest official image of each repository below \`${registry}\`. Previews and release candidates are left out.`,
    renderTable(['Image', 'Reference', 'Digest'], rows),
  ]);
}
