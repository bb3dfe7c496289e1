/** Fields by who applied them: path to names. */
export type Owners = Map<string, Set<string>>;

export interface Conflict {
  readonly manager: string;
  readonly field: string;
}

type Fields = Map<string, unknown>;

/** Lists whose items are told apart by a field; all others are replaced as a whole. */
const KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
};
const NOT_OWNED = new Set(['.apiVersion', '.kind', '.metadata.name', '.metadata.namespace']);

/**
 * Server-side apply as https://kubernetes.io/docs/reference/using-api/server-side-apply describes it: values of other
 * managers are conflicts unless forced, and what a manager applied before and leaves out now is removed unless another
 * one has it too.
 */
export function applyFields(
  { stored, owners }: { readonly stored: object; readonly owners: Owners },
  applied: object,
  { manager, force }: { readonly manager: string; readonly force: boolean },
): { readonly conflicts: readonly Conflict[]; readonly merged: object; readonly owners: Owners } {
  const now = flatten(stored);
  const wanted = flatten(applied);
  const conflicts = [...wanted].flatMap(([path, value]) =>
    JSON.stringify(now.get(path)) === JSON.stringify(value)
      ? []
      : [...(owners.get(path) ?? [])]
          .filter((each) => each !== manager)
          .map((each) => ({ manager: each, field: path })),
  );
  if (conflicts.length > 0 && !force) return { conflicts, merged: stored, owners };
  const next: Owners = new Map([...owners].map(([path, names]) => [path, new Set(names)]));
  for (const [path, names] of next) {
    if (!names.has(manager) || wanted.has(path)) continue;
    names.delete(manager);
    if (names.size === 0) {
      next.delete(path);
      now.delete(path);
    }
  }
  for (const [path, value] of wanted) {
    const same = JSON.stringify(now.get(path)) === JSON.stringify(value);
    now.set(path, value);
    if (!NOT_OWNED.has(path)) next.set(path, new Set([manager, ...(same ? (next.get(path) ?? []) : [])]));
  }
  return { conflicts: [], merged: unflatten(now), owners: next };
}

/** Fields that somebody changed by other means are theirs from then on. */
export function ownChanges(owners: Owners, before: object, after: object, manager: string): Owners {
  const [from, to] = [flatten(before), flatten(after)];
  const next: Owners = new Map(owners);
  for (const [path, value] of to) {
    if (!NOT_OWNED.has(path) && JSON.stringify(from.get(path)) !== JSON.stringify(value))
      next.set(path, new Set([manager]));
  }
  return next;
}

function flatten(value: unknown, path = '', field = ''): Fields {
  const key = KEYS[field];
  if (Array.isArray(value) && key !== undefined) {
    return new Map(
      value.flatMap((item: Record<string, unknown>) => [
        ...flatten(item, `${path}[${key}=${JSON.stringify(item[key])}]`),
      ]),
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map([[path, {}]]);
  return new Map(entries.flatMap(([name, each]) => [...flatten(each, `${path}.${escapeName(name)}`, name)]));
}

/** Dots are part of some names, such as those of labels. */
function escapeName(name: string): string {
  return /^[\w-]+$/.test(name) ? name : `"${name}"`;
}

function unflatten(fields: Fields): object {
  const root: Record<string, unknown> = {};
  for (const [path, value] of fields) {
    const steps = path.match(/\."[^"]*"|\.[\w-]+|\[[^\]]*\]/g) ?? [];
    place(root, steps.map(parseStep), value);
  }
  return root;
}

type Step = { readonly name: string } | { readonly key: string; readonly is: unknown };

function parseStep(text: string): Step {
  if (!text.startsWith('[')) return { name: text.slice(1).replace(/^"|"$/g, '') };
  const at = text.indexOf('=');
  return { key: text.slice(1, at), is: JSON.parse(text.slice(at + 1, -1)) as unknown };
}

function place(root: Record<string, unknown>, steps: readonly Step[], value: unknown): void {
  let node: unknown = root;
  for (const [index, step] of steps.entries()) {
    const following = steps[index + 1];
    if ('name' in step) {
      const parent = node as Record<string, unknown>;
      if (following === undefined) {
        parent[step.name] = value;
        return;
      }
      node = parent[step.name] ??= 'key' in following ? [] : {};
    } else {
      const items = node as Record<string, unknown>[];
      let item = items.find((each) => each[step.key] === step.is);
      if (item === undefined) items.push((item = { [step.key]: step.is }));
      node = item;
    }
  }
}
