import { createHash } from 'node:crypto';
import { canonicalJson } from '../images/canonical-json.ts';
import { IMAGE_PATHS } from '../images/plan.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { nameOf, type ImageFacts } from './image-facts.ts';
import { parseJson, toList, toObject } from '../documents/loose-json.ts';
import { imagePurl, npmPurl } from './package-url.ts';
import type { BundledPackage } from './packages.ts';

export interface SbomOptions {
  /** Version of this program. */
  readonly version: string;
  /** What the runtime's executable holds; undefined when nothing tells. */
  readonly packages: readonly BundledPackage[] | undefined;
}

interface Component {
  readonly 'bom-ref': string;
  readonly [field: string]: unknown;
}

/** The repository of our base images, whatever the registry. */
const BASE_REPOSITORY = /(?:^|\/)aim-base$/;
/** What npm packages write where there is no SPDX expression. */
const NO_EXPRESSION = /^(?:SEE LICENSE|UNLICENSED)|https?:/;
const BASE_REF = 'base';

/**
 * A CycloneDX 1.6 document of what this program adds to a base image. The base is one component with its digest and,
 * where it is ours, a link to its own document. Equal arguments give equal bytes.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function renderSbom(facts: ImageFacts, options: SbomOptions): Buffer {
  const { record, subject } = facts;
  const image = describeImage(facts);
  const packages = record.kind === 'base' ? (options.packages ?? []).map(describePackage) : [];
  const files = Object.entries(facts.inputs.files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sha256]) => describeFile(path, sha256, record.version));
  const runtime = files.find((file) => file['bom-ref'] === IMAGE_PATHS.runtime);
  return canonicalJson({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${serialNumber(subject.digest)}`,
    version: 1,
    metadata: {
      timestamp: new Date(record.createdAt * 1_000).toISOString(),
      tools: { components: [{ type: 'application', name: 'aimctl', version: options.version }] },
      component: image,
    },
    components: [describeBase(facts), ...files, ...packages],
    dependencies: [
      { ref: image['bom-ref'], dependsOn: [BASE_REF, ...refsOf(files)] },
      ...(runtime === undefined || packages.length === 0
        ? []
        : [{ ref: runtime['bom-ref'], dependsOn: refsOf(packages) }]),
    ],
    compositions: [
      { aggregate: 'complete', assemblies: [image['bom-ref']] },
      // What the base holds is for its own document to say.
      { aggregate: 'unknown', assemblies: [BASE_REF] },
      // The list is of what may be inside: unused code is left out of the executable.
      ...(runtime === undefined
        ? []
        : [{ aggregate: packages.length === 0 ? 'unknown' : 'complete', assemblies: [runtime['bom-ref']] }]),
    ],
  });
}

/** Digest of the image a document is about, `sha256:…`; undefined when it is none of CycloneDX. */
export function readSbomSubject(bytes: Uint8Array): string | undefined {
  const root = toObject(parseJson(bytes));
  const component = toObject(toObject(root['metadata'])['component']);
  const [hash] = toList(component['hashes']);
  const { alg, content } = toObject(hash);
  if (root['bomFormat'] !== 'CycloneDX' || typeof content !== 'string') return undefined;
  return `${alg === 'SHA-512' ? 'sha512' : 'sha256'}:${content}`;
}

function describeImage(facts: ImageFacts): Component {
  const { repository, subject, record, layer } = facts;
  return {
    'bom-ref': nameOf(facts),
    type: 'container',
    name: repository.name.slice(repository.name.lastIndexOf('/') + 1),
    version: record.version,
    purl: imagePurl(repository, subject.digest),
    hashes: [toHash(subject.digest)],
    properties: [
      { name: 'com.amd.aim:kind', value: record.kind },
      ...(record.aimId === '' ? [] : [{ name: 'com.amd.aim:model', value: record.aimId }]),
      { name: 'com.amd.aim:layer', value: layer },
      { name: 'com.amd.aim:revision', value: record.revision },
    ],
  };
}

/** The base: not described here, only named, and linked to where it is described. */
function describeBase({ record }: ImageFacts): Component {
  const reference = parseReference(record.base);
  const pinned = formatReference({ ...reference, digest: record.baseDigest });
  const isOurs = BASE_REPOSITORY.test(reference.name);
  return {
    'bom-ref': BASE_REF,
    type: 'container',
    name: reference.name,
    version: record.baseDigest,
    purl: imagePurl(reference, record.baseDigest),
    hashes: [toHash(record.baseDigest)],
    externalReferences: [
      { type: 'distribution', url: `oci://${pinned}` },
      ...(isOurs ? [{ type: 'bom', url: `urn:cdx:${serialNumber(record.baseDigest)}/1` }] : []),
    ],
  };
}

function describeFile(path: string, sha256: string, version: string): Component {
  const hashes = [{ alg: 'SHA-256', content: sha256 }];
  if (path !== IMAGE_PATHS.runtime) return { 'bom-ref': path, type: 'file', name: path, hashes };
  return { 'bom-ref': path, type: 'application', name: 'aim-runtime', version, hashes };
}

function describePackage({ name, version, license, sha512 }: BundledPackage): Component {
  const purl = npmPurl(name, version);
  const stated =
    license !== undefined && NO_EXPRESSION.test(license) ? { license: { name: license } } : { expression: license };
  return {
    'bom-ref': purl,
    type: 'library',
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [stated] }),
    ...(sha512 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
  };
}

/** A UUID (version 8) of the image's digest: whoever knows the digest knows where its document is called so. */
function serialNumber(digest: string): string {
  const hex = createHash('sha256').update(`cyclonedx ${digest}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function toHash(digest: string): { alg: string; content: string } {
  const [algorithm, content = ''] = digest.split(':');
  return { alg: algorithm === 'sha512' ? 'SHA-512' : 'SHA-256', content };
}

function refsOf(components: readonly Component[]): string[] {
  return components.map((component) => component['bom-ref']);
}
