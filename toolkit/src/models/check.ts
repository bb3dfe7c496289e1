import { findModelFacts } from 'aim-runtime/estimate';
import { checkModelMetadata, describeProblem, loadProfiles, type Profile } from 'aim-runtime/profile';
import { messageOf } from 'aim-runtime/system';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDocument, type CheckedDocument, type DocumentProblem } from '../documents/check.ts';
import validateModel, { type ModelFile } from '../generated/model.js';
import { modelSlug } from '../recipes/names.ts';

type Document = CheckedDocument<ModelFile>;

/** Checks an entry of the catalogue, also against the profiles it names; `fileName` is without folders. */
export function checkModel(text: string, fileName: string, profilesRoot: string): Document {
  const document = checkDocument(text, validateModel);
  const { data } = document;
  if (!data) return document;
  const found = [
    ...checkFileName(data, document, fileName),
    ...checkDimensions(data, document),
    ...checkProfiles(data, document, profilesRoot),
  ];
  return { ...document, problems: [...document.problems, ...found] };
}

/** A model's own profiles, and none of the general ones. @throws AimError config when their folder cannot be read */
export function profilesOf(model: ModelFile, profilesRoot: string): readonly Profile[] {
  if (model.profiles === null) return [];
  return loadProfiles({ root: profilesRoot, model: model.profiles }).profiles.filter(({ layer }) => layer === 'model');
}

function checkFileName({ id }: ModelFile, { locate }: Document, fileName: string): DocumentProblem[] {
  const expected = `${modelSlug(id)}.yaml`;
  if (fileName === expected) return [];
  const message = `the file of ${id} is named ${fileName}, not ${expected}`;
  return [{ check: 'file-name', severity: 'error', ...locate(['id'], 'value'), message }];
}

/** The number of parameters is written where this program cannot compute it, and only there. */
function checkDimensions({ id, parameters }: ModelFile, { locate }: Document): DocumentProblem[] {
  const known = findModelFacts(id) !== undefined;
  if (known === (parameters === undefined)) return [];
  const message = known
    ? 'parameters are computed from the known dimensions of the model: leave them out'
    : 'nothing is known of the dimensions of this model: write its parameters';
  const at = locate(known ? ['parameters'] : ['id']);
  return [{ check: 'dimensions', severity: known ? 'error' : 'warning', ...at, message }];
}

function checkProfiles(model: ModelFile, document: Document, root: string): DocumentProblem[] {
  if (model.profiles === null) return [];
  const profiles = attempt(() => profilesOf(model, root));
  if ('problem' in profiles) return [aboutProfiles('profiles', profiles.problem, document)];
  if (profiles.value.length === 0) {
    const message = `there are no valid profiles in ${join(root, model.profiles)}`;
    return [aboutProfiles('profiles', message, document)];
  }
  const precisions = new Set(profiles.value.map(({ metadata }) => metadata.precision));
  const variants = new Set(profiles.value.flatMap(({ modelId }) => (modelId === undefined ? [] : [modelId])));
  variants.delete(model.id);
  return [
    ...compareSets('precisions', { said: model.precisions, found: precisions }, document),
    ...compareSets('variants', { said: model.variants ?? [], found: variants }, document),
    ...checkGated(model, document, join(root, model.profiles, 'metadata.yaml')),
  ];
}

function compareSets(
  key: 'precisions' | 'variants',
  { said, found }: { readonly said: readonly string[]; readonly found: ReadonlySet<string> },
  { locate }: Document,
): DocumentProblem[] {
  const missing = [...found].filter((each) => !said.includes(each));
  const surplus = said.filter((each) => !found.has(each));
  const told = [
    ...missing.map((each) => ({ path: [key], message: `${each} is served by a profile and missing here` })),
    ...surplus.map((each) => ({ path: [key, said.indexOf(each)], message: `${each} is served by no profile` })),
  ];
  return told.map(({ path, message }) => ({ check: key, severity: 'error', ...locate(path), message }));
}

/** What the image's label says about the token is what the catalogue says. */
function checkGated({ gated }: ModelFile, document: Document, file: string): DocumentProblem[] {
  if (!existsSync(file)) return [];
  const text = attempt(() => readFileSync(file, 'utf8'));
  if ('problem' in text) return [aboutProfiles('metadata', `cannot read ${file}: ${text.problem}`, document)];
  const result = checkModelMetadata(text.value);
  if (!result.ok) {
    return result.problems.map((problem) => aboutProfiles('metadata', describeProblem(file, problem), document));
  }
  const { hfToken } = result.metadata.com.amd.aim;
  if (hfToken === undefined || hfToken.required === gated) return [];
  const message = `gated is ${gated}, but hfToken.required in ${file} is ${hfToken.required}`;
  return [{ check: 'gated', severity: 'error', ...document.locate(['gated'], 'value'), message }];
}

/** A problem of what lies in the folder that the entry names. */
function aboutProfiles(check: 'profiles' | 'metadata', message: string, { locate }: Document): DocumentProblem {
  return { check, severity: 'error', ...locate(['profiles'], 'value'), message };
}

/** What was read, or why it could not be: one unreadable file must not hide what is wrong in the others. */
function attempt<Value>(read: () => Value): { readonly value: Value } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
