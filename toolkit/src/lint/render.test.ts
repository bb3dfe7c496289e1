import { describe, expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import { renderGithub } from './github.ts';
import { RULES } from './rules/index.ts';
import { renderSarif } from './sarif.ts';

const finding: Finding = {
  rule: 'swap-space',
  severity: 'warning',
  file: 'a b/50%,x:y.yaml',
  line: 3,
  column: 5,
  message: 'first\nsecond 100%',
  why: 'because',
  suggestion: 'Remove it.',
  fixable: true,
};

describe('github annotations', () => {
  it('escape what the runner would read as its own syntax', () => {
    expect(renderGithub([finding])).toBe(
      '::warning file=a b/50%25%2Cx%3Ay.yaml,line=3,col=5,title=swap-space::first%0Asecond 100%25. Remove it.',
    );
  });

  it('are notices for notes, and nothing for nothing', () => {
    expect(renderGithub([{ ...finding, severity: 'info' }])).toMatch(/^::notice /);
    expect(renderGithub([])).toBe('');
  });
});

describe('SARIF', () => {
  const log = JSON.parse(
    renderSarif([finding, { ...finding, file: '/tmp/a b.yaml', severity: 'info' }], RULES, '1.2.3'),
  ) as {
    version: string;
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; level: string; locations: { physicalLocation: unknown }[] }[];
    }[];
  };
  const [run] = log.runs;

  it('lists the rules that are used, and results point at them', () => {
    expect(log.version).toBe('2.1.0');
    expect(run!.tool.driver.rules.map(({ id }) => id)).toEqual(['swap-space']);
    expect(run!.results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level])).toEqual([
      ['swap-space', 0, 'warning'],
      ['swap-space', 0, 'note'],
    ]);
  });

  it('has addresses that are relative where the path is', () => {
    const uris = run!.results.map(({ locations }) => locations[0]!.physicalLocation);
    expect(uris).toEqual([
      { artifactLocation: { uri: 'a%20b/50%25%2Cx%3Ay.yaml' }, region: { startLine: 3, startColumn: 5 } },
      { artifactLocation: { uri: 'file:///tmp/a%20b.yaml' }, region: { startLine: 3, startColumn: 5 } },
    ]);
  });
});
