import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { BASE_FACTS, MODEL_FACTS } from '../../test/lib/image-facts.ts';
import { parseBundledPackages } from './packages.ts';
import { readSbomSubject, renderSbom } from './sbom.ts';

interface Bom {
  readonly serialNumber: string;
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly externalReferences?: readonly { type: string; url: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const schemas = join(dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library')), '../res/schema');
const readSchema = (name: string) =>
  JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
// Formats of texts are the business of those who read them; everything else of the schema holds.
const ajv = new Ajv({ strict: false, validateFormats: false });
for (const name of ['spdx', 'jsf-0.82'])
  ajv.addSchema({ ...readSchema(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` });
const validate = ajv.compile(readSchema('bom-1.6'));

const packages = parseBundledPackages(readFileSync(join(import.meta.dirname, '../../../package-lock.json'), 'utf8'));
const render = (facts = MODEL_FACTS, known: typeof packages | undefined = packages) =>
  renderSbom(facts, { version: '0.9.0', packages: known });
const parse = (bytes: Buffer) => JSON.parse(bytes.toString()) as Bom;

describe('renderSbom', () => {
  it.each([
    ['a model image', MODEL_FACTS, packages],
    ['a base image', BASE_FACTS, packages],
    ['a base image whose packages are unknown', BASE_FACTS, undefined],
  ])('follows the schema of CycloneDX 1.6 for %s', (_, facts, known) => {
    const bom = parse(render(facts, known));
    expect(validate(bom), ajv.errorsText(validate.errors)).toBe(true);
    // A schema cannot say that references have to lead somewhere.
    const refs = new Set([...bom.components.map((component) => component['bom-ref']), bom.dependencies[0]!.ref]);
    for (const { ref, dependsOn } of bom.dependencies)
      for (const each of [ref, ...dependsOn]) expect(refs).toContain(each);
  });

  it('lists what was added: profiles of a model, runtime with its packages of a base', () => {
    const model = parse(render()).components.map((component) => component['bom-ref']);
    expect(model.map((ref) => ref.slice(ref.lastIndexOf('/') + 1))).toEqual(['base', 'a.yaml', 'b.yaml']);
    const base = parse(render(BASE_FACTS));
    const runtime = base.dependencies.find(({ ref }) => ref.endsWith('/aim-runtime'));
    expect(runtime?.dependsOn).toHaveLength(packages.length);
    expect(base.components).toHaveLength(1 + 2 + packages.length);
  });

  it("links a model's base to the document of exactly that base image, and no foreign one", () => {
    const linksOf = (facts: typeof MODEL_FACTS) =>
      parse(render(facts))
        .components[0]!.externalReferences!.filter(({ type }) => type === 'bom')
        .map(({ url }) => url);
    expect(linksOf(MODEL_FACTS)).toEqual([
      `${parse(render(BASE_FACTS)).serialNumber.replace('urn:uuid:', 'urn:cdx:')}/1`,
    ]);
    expect(linksOf(BASE_FACTS)).toEqual([]);
  });

  it('gives equal bytes for equal facts in whatever order, small ones, that tell their subject', () => {
    const files = Object.fromEntries(Object.entries(MODEL_FACTS.inputs.files).reverse());
    const turned = render({ ...MODEL_FACTS, inputs: { ...MODEL_FACTS.inputs, files } });
    expect(turned.equals(render())).toBe(true);
    expect(turned.length).toBeLessThan(20_000);
    expect(readSbomSubject(turned)).toBe(MODEL_FACTS.subject.digest);
    expect(readSbomSubject(Buffer.from('{"spdxVersion":"SPDX-2.3"}'))).toBeUndefined();
    expect(readSbomSubject(Buffer.from('no json'))).toBeUndefined();
  });
});
