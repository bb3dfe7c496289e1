/** A metadata.yaml: label names as nested keys. */
export type LabelValue = string | number | boolean | null | readonly LabelValue[] | LabelTree;
export interface LabelTree {
  readonly [key: string]: LabelValue;
}

/** What is known of an image apart from its metadata file. */
export interface LabelFacts {
  readonly kind: 'base' | 'model';
  readonly aimId: string | undefined;
  readonly version: string;
  readonly base: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly revision: string;
  readonly layoutVersion: LayoutVersion;
}

/** How an image's bytes are made of its inputs; a change of any byte for equal inputs needs a new one. */
export const LAYOUT_VERSIONS = ['1'] as const;
export type LayoutVersion = (typeof LAYOUT_VERSIONS)[number];

/** Labels by which aimctl recognises its images on an engine. */
export const KIND_LABEL = 'com.amd.aim.image.kind';
export const AIM_ID_LABEL = 'com.amd.aim.image.aimId';
export const VERSION_LABEL = 'org.opencontainers.image.version';
export const CREATED_LABEL = 'org.opencontainers.image.created';
export const SOURCE_LABEL = 'org.opencontainers.image.source';
export const REVISION_LABEL = 'org.opencontainers.image.revision';
export const BASE_NAME_LABEL = 'org.opencontainers.image.base.name';
export const BASE_DIGEST_LABEL = 'org.opencontainers.image.base.digest';
export const LAYOUT_LABEL = 'com.amd.aim.image.layoutVersion';

const OCI = 'org.opencontainers.image';
/** Names a metadata file may leave out, but that the image below may have set. */
const INHERITABLE = [
  ...['title', 'description', 'licenses', 'vendor', 'authors', 'source', 'documentation'].map(
    (name) => `${OCI}.${name}`,
  ),
  'com.amd.aim.description.full',
  'com.amd.aim.release.notes',
];

/**
 * All labels of an image, sorted by name. Names that the image below may carry are set, if need be to
 * the empty string: a label left out would show that image's value.
 */
export function imageLabels(metadata: LabelTree, facts: LabelFacts): Record<string, string> {
  const own = flattenLabels(metadata);
  const title = own['com.amd.aim.title'] ?? facts.aimId ?? 'AIM base image';
  const labels: Record<string, string> = {
    ...Object.fromEntries(INHERITABLE.map((name) => [name, ''])),
    [`${OCI}.title`]: title,
    [`${OCI}.description`]: own['com.amd.aim.description.full'] ?? '',
    ...own,
    [CREATED_LABEL]: new Date(facts.createdAt * 1000).toISOString().replace('.000Z', 'Z'),
    [REVISION_LABEL]: facts.revision,
    [VERSION_LABEL]: facts.version,
    [BASE_NAME_LABEL]: facts.base,
    [BASE_DIGEST_LABEL]: '',
    [KIND_LABEL]: facts.kind,
    [AIM_ID_LABEL]: facts.aimId ?? '',
    [LAYOUT_LABEL]: facts.layoutVersion,
  };
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Nested keys become one name joined with dots; values become the text label readers expect. */
export function flattenLabels(tree: LabelTree, prefix = ''): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(tree)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (isTree(value)) Object.assign(labels, flattenLabels(value, name));
    else labels[name] = renderValue(value);
  }
  return labels;
}

/** Lists of plain values are comma lists, lists of objects are JSON; booleans are `true` and `false`, null is empty. */
function renderValue(value: Exclude<LabelValue, LabelTree>): string {
  if (!isList(value)) return value === null ? '' : String(value);
  if (value.some((item) => typeof item === 'object' && item !== null)) return renderJson(value);
  return value.map(String).join(',');
}

/**
 * JSON without apostrophes: the Kubernetes operator replaces every `'` of the value by `"` before it parses it,
 * so an apostrophe is only safe as an escape.
 */
function renderJson(value: readonly LabelValue[]): string {
  return JSON.stringify(value).replaceAll("'", '\\u0027');
}

function isList(value: LabelValue): value is readonly LabelValue[] {
  return Array.isArray(value);
}

function isTree(value: LabelValue): value is LabelTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
