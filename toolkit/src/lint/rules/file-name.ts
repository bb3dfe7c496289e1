import { basename } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import { profileFileName } from '../../profiles/naming.ts';
import type { Problem } from '../finding.ts';
import type { ProfileView } from '../profile-view.ts';
import { profileRule } from '../rule.ts';

const NAME =
  /^(?<engine>vllm|sglang)-(?<gpu>[a-z0-9]+)-(?<precision>[a-z0-9]+)-tp(?<count>\d+)-(?<metric>latency|throughput)(?:-.+)?$/;

/** Names of a number format that are more exact than the metadata's. */
const FORMATS: Readonly<Record<string, string>> = { mxfp4: 'fp4', nvfp4: 'fp4' };

export const fileName = profileRule({
  id: 'file-name',
  severity: 'warning',
  why: 'A profile is listed and asked for by its file name; people choose by what it says.',
  check: (profile, file) => {
    const name = profileName(basename(file.path));
    const said = NAME.exec(name)?.groups;
    if (said !== undefined) return compare(profile, said);
    if (file.layer === 'custom') return [];
    const example = exampleName(profile);
    return [
      {
        message: `the name ${name} does not say engine, GPU, precision, number of GPUs and metric`,
        at: ['metadata'],
        ...(example === undefined ? {} : { suggestion: `Name the file ${example}.` }),
      },
    ];
  },
});

function compare(profile: ProfileView, said: Readonly<Record<string, string>>): Problem[] {
  const facts = [
    { key: 'engine', inName: said['engine'], inFile: profile.engine },
    { key: profile.keys.gpu, inName: said['gpu'], inFile: profile.gpu?.toLowerCase() },
    { key: 'precision', inName: said['precision'], inFile: profile.precision },
    { key: profile.keys.gpuCount, inName: said['count'], inFile: profile.gpuCount?.toString() },
    { key: 'metric', inName: said['metric'], inFile: profile.metric },
  ];
  const example = exampleName(profile);
  return facts
    .filter(({ inName, inFile }) => inFile !== undefined && inName !== inFile)
    .map(({ key, inName = '', inFile }) => ({
      message: `metadata.${key} is ${inFile ?? ''}, but the file name says ${inName}`,
      at: ['metadata', key],
      part: 'value',
      ...(example === undefined ? {} : { suggestion: `Name the file ${example}, or correct the metadata.` }),
      ...(FORMATS[inName] === inFile ? { severity: 'info' } : {}),
    }));
}

function exampleName({ engine, gpu, precision, gpuCount, metric }: ProfileView): string | undefined {
  if (!engine || !gpu || !precision || !gpuCount || !metric) return undefined;
  return profileFileName({ engine, gpu, precision, gpuCount, metric });
}
