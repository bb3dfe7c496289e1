import type { JudgedVulnerability } from './judge.ts';
import type { ImageScan, ScanReport } from './scan.ts';

/** What code hosts sort by where there is no score: the middle of the range of a severity. */
const USUAL_SCORES = { critical: 9.5, high: 8, medium: 5.5, low: 2.5, negligible: 0.1, unknown: 0 } as const;

/**
 * A SARIF 2.1.0 log, one run over all images: code hosts refuse several runs of one tool.
 * Findings that do not stop a release are notes; accepted ones are suppressed, with the reason.
 */
export function renderScanSarif({ scanner, images }: ScanReport): string {
  const rules = [
    ...new Map(images.flatMap(({ vulnerabilities }) => vulnerabilities.map((one) => [one.id, one]))).values(),
  ];
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const results = images.flatMap((image) =>
    image.vulnerabilities.map((found) => ({ ...toResult(image, found), ruleIndex: ruleIndex.get(found.id) })),
  );
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: scanner.name, version: scanner.version, rules: rules.map(toRule) } }, results }],
  };
  return JSON.stringify(log, undefined, 2);
}

function toRule({ id, package: name, description, url, score, severity }: JudgedVulnerability): object {
  return {
    id,
    shortDescription: { text: `${id} in ${name}` },
    fullDescription: { text: description || `${id} in ${name}` },
    ...(url === null ? {} : { helpUri: url }),
    properties: { 'security-severity': String(score ?? USUAL_SCORES[severity]), tags: ['security'] },
  };
}

function toResult({ image }: ImageScan, found: JudgedVulnerability): object {
  const { id, severity, package: name, version, fixedIn, path, verdict, acceptedBecause } = found;
  const cure = fixedIn.length === 0 ? 'there is no fixed version yet' : `fixed in ${fixedIn.join(', ')}`;
  const uri = (path ?? name).split('/').filter(Boolean).map(encodeURIComponent).join('/');
  const logical = { name: image, fullyQualifiedName: `${image}:${path ?? name}`, kind: 'module' };
  return {
    ruleId: id,
    level: verdict === 'stops' ? 'error' : 'note',
    message: { text: `${name} ${version} in ${image} has ${id} (${severity}); ${cure}` },
    locations: [
      {
        // Places in an image are no files of the repository; hosts want one all the same.
        physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
        logicalLocations: [logical],
      },
    ],
    partialFingerprints: { 'aimctl/vulnerability': `${id} ${name} ${version} ${image.replace(/[:@].*$/, '')}` },
    ...(acceptedBecause === null ? {} : { suppressions: [{ kind: 'external', justification: acceptedBecause }] }),
  };
}
