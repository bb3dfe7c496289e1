import { renderBlock, renderTable } from './markdown.ts';
import { renderPage, type Page } from './page.ts';

/** A lint rule as its index shows it; its own page is written by hand, with examples that a test runs. */
export interface RuleFacts {
  readonly id: string;
  readonly severity: string;
  readonly why: string;
}

const CONFIG = `lint:
  minimum: warning # leave notes out
  rules:
    key-order: 'off'
  ignore:
    - profiles/custom/**`;

/** The index of the rules' pages. */
export function renderRulePage(rules: readonly RuleFacts[]): Page {
  const rows = [...rules]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, severity, why }) => [`[${id}](${id}.md)`, severity, why]);
  return renderPage('lint/README.md', 'Rules of `aimctl lint`', [
    '`aimctl lint --explain RULE` shows a page. Severities are set in `aimctl.config.yaml`:',
    renderBlock('yaml', CONFIG),
    renderTable(['Rule', 'Severity', 'Why'], rows),
  ]);
}
