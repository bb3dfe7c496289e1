import { describe, expect, it } from 'vitest';
import { renderCataloguePage } from './catalogue-page.ts';
import { renderCliPages, type CommandFacts } from './cli-pages.ts';
import type { DocumentedModel, DocumentedProfile } from './facts.ts';
import { renderImagesPage } from './images-page.ts';
import { renderMatrixPage } from './matrix-page.ts';
import { escapeText, renderCode } from './markdown.ts';
import { renderModelPage } from './model-page.ts';

const profile = (changes: Partial<DocumentedProfile>): DocumentedProfile => {
  const { gpu = 'MI300X', precision = 'fp8', gpuCount = 1, metric = 'latency' } = changes;
  const id = `vllm-${gpu.toLowerCase()}-${precision}-tp${gpuCount}-${metric}`;
  const rest = { engine: 'vllm', aimId: 'acme/One', modelId: 'acme/One-FP8', type: 'optimized', automatic: true };
  return {
    name: `acme/One/${id}`,
    id,
    gpu,
    precision,
    gpuCount,
    metric,
    measured: false,
    memory: null,
    ...rest,
    ...changes,
  };
};

const model = (changes: Partial<DocumentedModel>): DocumentedModel => ({
  id: 'acme/One',
  name: 'One',
  publisher: 'Acme',
  description: 'A model.',
  family: 'Ones',
  size: '8B',
  parameters: 8e9,
  precisions: ['fp8'],
  licence: 'mit',
  gated: false,
  tags: ['chat'],
  variants: [],
  profiles: 'acme/One',
  aimId: 'acme/One',
  repository: 'aim-acme-one',
  serving: [profile({})],
  ...changes,
});

describe('the support matrix', () => {
  it('has a cell per GPU with counts by metric, type and evidence', () => {
    const serving = [
      profile({ gpuCount: 8, type: 'preview' }),
      profile({ gpuCount: 2, measured: true }),
      profile({ metric: 'throughput', type: 'unoptimized' }),
      profile({ gpu: 'MI355X', precision: 'fp4', type: 'unoptimized' }),
    ];
    const { text } = renderMatrixPage({ models: [model({ serving })], general: [] });
    expect(text).toContain('| One | fp8 | 2 O\\*, 8 P / 1 U |  |\n');
    expect(text).toContain('| One | fp4 |  | 1 U / – |\n');
  });
});

describe('a page of a model', () => {
  it('shows what the estimate says, and where measurements are', () => {
    const memory = { weightBytes: 3 * 1024 ** 3, contextTokens: 32768, concurrentSequences: 7 };
    const { text, path } = renderModelPage(model({ serving: [profile({ memory, measured: true })] }));
    expect(path).toBe('models/acme/One/README.md');
    const id = 'vllm-mi300x-fp8-tp1-latency';
    const link = `[yes](../../../../profiles/acme/One/bench/${id}.json)`;
    expect(text).toContain(`| \`${id}\` | optimized | ${link} | 3.0 GiB | 32,768 | 7 |`);
  });
});

describe('texts of models', () => {
  const hostile = '<img src=x onerror=alert(1)> | `code` "quoted" & [link](javascript:x)';

  it('cannot become HTML or break a table in Markdown', () => {
    const { text } = renderModelPage(model({ description: hostile, publisher: hostile }));
    expect(text).not.toContain('<img');
    expect(text).toContain(`| Publisher | ${escapeText(hostile)} |`);
    expect(escapeText('a | b')).toBe('a \\| b');
    expect(renderCode('a`b')).toBe('`` a`b ``');
  });

  it('cannot become markup in the catalogue', () => {
    const page = renderCataloguePage('<!-- models -->', {
      models: [model({ name: hostile, tags: [hostile] })],
      general: [],
    });
    expect(page.text).not.toContain('<img');
    expect(page.text).not.toMatch(/data-words="[^"]*"quoted/);
    expect(page.text).toContain('&lt;img src=x');
  });
});

describe('the reference of the commands', () => {
  const command: CommandFacts = {
    name: 'thing make',
    summary: 'Make a <thing>.',
    description: '',
    args: [{ name: 'name', description: 'Its name.', required: true, multiple: true }],
    flags: [
      {
        name: 'size',
        char: 's',
        kind: 'value',
        options: ['big', 'small'],
        description: 'How large.',
        env: 'AIMCTL_SIZE',
        default: 'big',
        required: false,
        multiple: false,
        global: false,
      },
    ],
    examples: [{ description: 'A big one', command: 'aimctl thing make a --size big' }],
  };

  it('has one page per topic, linked from the index', () => {
    const pages = renderCliPages([command, { ...command, name: 'thing break' }, { ...command, name: 'alone' }]);
    expect(pages.map(({ path }) => path)).toEqual(['cli/README.md', 'cli/alone.md', 'cli/thing.md']);
    expect(pages[0]?.text).toContain('| [aimctl thing make](thing.md) | Make a &lt;thing>. |');
    expect(pages[2]?.text).toContain('aimctl thing make NAME... [flags]');
    expect(pages[2]?.text).toContain('| `-s, --size big\\|small` | How large. Default: `big`. | `AIMCTL_SIZE` |');
  });
});

describe('the list of images', () => {
  it('says what is not published', () => {
    const latest = { tag: '0.9.3', digest: `sha256:${'a'.repeat(64)}` };
    const { text } = renderImagesPage('ghcr.io/acme', [
      { title: 'One', repository: 'aim-acme-one', latest },
      { title: 'Two', repository: 'aim-acme-two', latest: null },
    ]);
    expect(text).toContain('| One | `ghcr.io/acme/aim-acme-one:0.9.3` | `sha256:aaa');
    expect(text).toContain('| Two | `ghcr.io/acme/aim-acme-two` | not published |');
  });
});
