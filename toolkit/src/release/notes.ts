import type { ChangedProfile, ChangedValue, RecordedImage, ReleaseRecord } from '../generated/release-record.js';

/** Shortest part of a digest that people tell apart. */
const SHORT_DIGEST = 'sha256:'.length + 12;

/** Release notes as Markdown, made of the record alone: equal records give equal notes. */
export function renderNotes(record: ReleaseRecord): string {
  const images = record.images.toSorted((a, b) => compareTexts(nameOf(a), nameOf(b)));
  const changed = images.filter(({ isNew }) => isNew);
  const bases = changed.filter(({ kind }) => kind === 'base');
  const models = changed.filter(({ kind }) => kind === 'model');
  const unchanged = images.filter(({ isNew }) => !isNew);
  return [
    renderSummary(record, changed.length),
    ...bases.flatMap((image) => ['', '## Base image', '', ...renderImage(record, image)]),
    ...(models.length > 0 ? ['', '## Models'] : []),
    ...models.flatMap((image) => ['', `### ${nameOf(image)} ${image.tag}`, '', ...renderImage(record, image)]),
    ...(unchanged.length > 0
      ? ['', '## Unchanged', '', ...unchanged.map((image) => `- ${nameOf(image)} ${code(image.tag)}`)]
      : []),
    '',
    ...renderDigests(record, images),
    '',
  ].join('\n');
}

function renderSummary({ images, commit, registry, promotedFrom }: ReleaseRecord, changed: number): string {
  const from = promotedFrom === null ? '' : `, copied from ${code(promotedFrom)}`;
  const source = commit === '' ? '' : `, made from commit ${commit}`;
  return `${count(images.length, 'image')} in ${code(registry)}, ${changed} of them new${source}${from}.`;
}

function renderImage({ registry }: ReleaseRecord, image: RecordedImage): string[] {
  const { changes, base } = image;
  const pull = code(`${registry}/${image.repository}:${image.tag}`);
  if (changes === null) return [`${pull}: first version, on ${code(shortBase(base))}.`];
  const lines = [
    ...(changes.base === null
      ? []
      : [`- ${renderBase(image.kind)}: ${code(shortBase(changes.base))} → ${code(shortBase(base))}`]),
    ...changes.profiles.flatMap(renderProfile),
    ...(changes.other.length > 0 ? [`- also changed: ${changes.other.join(', ')}`] : []),
  ];
  return [
    `${pull}, changed since ${code(changes.since)}:`,
    '',
    ...(lines.length > 0 ? lines : ['- made anew of the same parts']),
  ];
}

/** The base of aim-base is the image with the engine. */
function renderBase(kind: RecordedImage['kind']): string {
  return kind === 'base' ? 'engine image' : 'base image';
}

function renderProfile({ profile, change, values }: ChangedProfile): string[] {
  const head = `- profile ${code(profile)} ${change}`;
  if (change !== 'changed') return [head];
  return values.length === 0 ? [`${head} (its meaning is the same)`] : [`${head}:`, ...values.map(renderValue)];
}

function renderValue({ path, change, from, to }: ChangedValue): string {
  if (change === 'added') return `  - ${code(path)}: ${show(to)} added`;
  if (change === 'removed') return `  - ${code(path)}: ${show(from)} removed`;
  return `  - ${code(path)}: ${show(from)} → ${show(to)}`;
}

function renderDigests({ registry }: ReleaseRecord, images: readonly RecordedImage[]): string[] {
  return [
    '<details><summary>Digests</summary>',
    '',
    '| image | digest | floating tags |',
    '| --- | --- | --- |',
    ...images.map(({ repository, tag, digest, floating }) => {
      const tags = floating.map((move) => code(move.tag)).join(', ');
      return `| ${code(`${registry}/${repository}:${tag}`)} | ${code(digest)} | ${tags} |`;
    }),
    '',
    '</details>',
  ];
}

/** What people call the image. */
export function nameOf({ model, repository }: Pick<RecordedImage, 'model' | 'repository'>): string {
  return model ?? repository;
}

function shortBase({ name, digest }: RecordedImage['base']): string {
  return digest === '' ? name : `${name}@${digest.slice(0, SHORT_DIGEST)}`;
}

function show(value: unknown): string {
  return code(typeof value === 'string' ? value : JSON.stringify(value ?? null));
}

/** Inline code that holds any text: the fence is longer than any run of backticks in it, and lines are joined. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
