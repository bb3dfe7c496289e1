import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SCAN_CONFIG, parseScanConfig, type ScanConfig } from './config.ts';
import { parseGrypeReport } from './grype-report.ts';
import { judgeReport } from './judge.ts';
import { renderScanSarif } from './sarif.ts';
import { scanImages } from './scan.ts';
import { SEVERITIES, THRESHOLDS } from './severity.ts';

const text = readFileSync(join(import.meta.dirname, '../../test/fixtures/scan/grype.json'), 'utf8');
const report = parseGrypeReport(text);
const judge = (config: Partial<ScanConfig>, today = '2026-11-20') =>
  judgeReport(report, { ...DEFAULT_SCAN_CONFIG, ...config }, today);
const stopping = (config: Partial<ScanConfig>, today?: string) =>
  judge(config, today)
    .vulnerabilities.filter(({ verdict }) => verdict === 'stops')
    .map(({ id }) => id);

describe('parseGrypeReport', () => {
  it('reads findings from grave to mild, the same package at two places once', () => {
    expect(report.vulnerabilities.map(({ id, severity }) => [id, severity])).toEqual([
      ['CVE-2020-14343', 'critical'],
      ['CVE-2024-3094', 'critical'],
      ['GHSA-w596-4wvx-j9j6', 'high'],
      ['CVE-2016-2781', 'low'],
      ['CVE-2025-0001', 'unknown'],
    ]);
    expect(report).toMatchObject({ databaseBuilt: '2026-11-18T04:12:55Z', version: '0.119.0' });
  });

  it('takes description and score from the entry it belongs to when the own one has none', () => {
    expect(report.vulnerabilities[1]).toEqual({
      id: 'CVE-2024-3094',
      severity: 'critical',
      package: 'xz-utils',
      version: '5.6.1-1',
      type: 'deb',
      fixedIn: ['5.6.1+really5.4.5-1'],
      path: '/var/lib/dpkg/status',
      url: 'https://ubuntu.com/security/CVE-2024-3094',
      description: 'Malicious code was discovered in the upstream tarballs of xz.',
      score: 10,
    });
    expect(report.vulnerabilities[4]).toMatchObject({ score: null, fixedIn: [] });
  });

  it('reads the database time of older versions too', () => {
    const old = JSON.stringify({ matches: [], descriptor: { db: { built: '2024-01-01T00:00:00Z' } } });
    expect(parseGrypeReport(old)).toEqual({
      vulnerabilities: [],
      databaseBuilt: '2024-01-01T00:00:00Z',
      version: null,
    });
  });

  it.each(['', 'failed to load vulnerability db', '[]', '{"matches":{}}', '{"matches":[{}]}', '{"matches":[null]}'])(
    'says so when it is given %j',
    (output) => expect(() => parseGrypeReport(output)).toThrow(/no report of Grype/),
  );
});

describe('judgeReport', () => {
  it('stops for what reaches the threshold and has a cure', () => {
    expect(stopping({})).toEqual(['CVE-2020-14343', 'CVE-2024-3094']);
    expect(stopping({ failOn: 'high', onlyFixed: false })).toHaveLength(3);
    expect(stopping({ failOn: 'high' })).toHaveLength(2);
    expect(stopping({ failOn: 'never' })).toEqual([]);
    expect(judge({}).counts).toEqual({ unknown: 1, negligible: 0, low: 1, medium: 0, high: 1, critical: 2 });
  });

  it('lets pass what was accepted, up to its day and no longer', () => {
    const accepted = [
      { id: 'CVE-2024-3094', reason: 'not the affected build', until: '2026-11-20' },
      { id: 'CVE-2020-14343', reason: 'full_load is never called', until: null },
    ];
    expect(judge({ accepted })).toMatchObject({ passed: true, expired: [] });
    expect(judge({ accepted }).vulnerabilities[0]).toMatchObject({ acceptedBecause: 'full_load is never called' });
    expect(judge({ accepted }, '2026-11-21')).toMatchObject({ passed: false, expired: ['CVE-2024-3094'] });
  });

  it('never stops for less when the threshold gets stricter', () => {
    const levels = fc.tuple(fc.nat(THRESHOLDS.length - 1), fc.nat(THRESHOLDS.length - 1), fc.boolean());
    fc.assert(
      fc.property(levels, ([a, b, onlyFixed]) => {
        const [strict, mild] = [THRESHOLDS[Math.min(a, b)]!, THRESHOLDS[Math.max(a, b)]!];
        const strictly = stopping({ failOn: strict, onlyFixed });
        for (const id of stopping({ failOn: mild, onlyFixed })) expect(strictly).toContain(id);
      }),
    );
    expect(SEVERITIES.slice(1)).toEqual(THRESHOLDS.slice(0, -1));
  });
});

describe('parseScanConfig', () => {
  const parse = (lines: string) => parseScanConfig(lines, 'aimctl.config.yaml');
  it('reads what stops a release and what was accepted; other parts are none of its business', () => {
    const lines =
      'lint:\n  minimum: error\nscan:\n  fail-on: high\n  only-fixed: false\n  ignore:\n' +
      '    - id: CVE-1\n      reason: why\n      until: 2027-01-31\n';
    const accepted = [{ id: 'CVE-1', reason: 'why', until: '2027-01-31' }];
    expect(parse(lines)).toEqual({ failOn: 'high', onlyFixed: false, accepted });
    for (const empty of ['', '# nothing\n', 'lint: {}\n', 'scan:\n']) expect(parse(empty)).toEqual(DEFAULT_SCAN_CONFIG);
  });

  it.each([
    ['scan:\n  fail-on: severe\n', /:2:\d+: scan\.fail-on must be one of negligible, low/],
    ['scan:\n  only-fixed: sometimes\n', /:2:\d+: scan\.only-fixed/],
    ['scan:\n  failon: high\n', /scan\.failon is not a known key; known: fail-on/],
    ['scan:\n  ignore: CVE-1\n', /scan\.ignore is no list/],
    ['scan:\n  ignore: [{ id: CVE-1 }]\n', /needs an id and a reason/],
    ['scan:\n  ignore: [{ id: CVE-1, reason: x, until: soon }]\n', /until of CVE-1 must be a day/],
    ['scan: [high]\n', /scan is no mapping/],
    ['scan: {\n', /aimctl\.config\.yaml:\d+/],
  ])('refuses %j with its place', (lines, message) => {
    const details = (() => {
      try {
        parse(lines);
        return '';
      } catch (error) {
        return (error as { details: string[] }).details.join('\n');
      }
    })();
    expect(details).toMatch(message);
  });
});

describe('renderScanSarif', () => {
  const scanner = { name: 'grype', version: '1', source: 'test', pinned: true, scan: () => Promise.resolve(text) };
  const quiet = { today: '2026-11-20', onScan: () => undefined, onScanned: () => undefined };
  it('is one run with a rule for each vulnerability, whatever the number of images', async () => {
    const accepted = [{ id: 'CVE-2020-14343', reason: 'never called', until: null }];
    const config = { ...DEFAULT_SCAN_CONFIG, accepted };
    const scan = await scanImages(scanner, ['host/aim-base:1', 'host/aim-a:1'], { ...quiet, config });
    const log = JSON.parse(renderScanSarif(scan)) as {
      runs: { tool: { driver: { rules: { id: string; properties: object }[] } }; results: Record<string, unknown>[] }[];
    };
    const [{ tool, results }] = log.runs as [(typeof log.runs)[0]];
    expect([log.runs.length, tool.driver.rules.length, results.length]).toEqual([1, 5, 10]);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex as number]!.id).toBe(ruleId);
    expect(tool.driver.rules[1]!.properties).toEqual({ 'security-severity': '10', tags: ['security'] });
    expect(results.filter(({ level }) => level === 'error').map(({ ruleId }) => ruleId)).toEqual([
      'CVE-2024-3094',
      'CVE-2024-3094',
    ]);
    expect(results[0]).toMatchObject({ suppressions: [{ justification: 'never called' }] });
    // The host tells findings apart by these.
    const fingerprints = new Set(results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints)));
    expect(fingerprints.size).toBe(10);
  });
});
