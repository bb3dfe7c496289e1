import { parseVersion } from '../versions/version.ts';
import { code, nameOf } from './notes.ts';
import type { ReleasePlan } from './plan.ts';

/** Comment on a pull request: the images that can be tried, and what is different in them. */
export function renderPreview({ record, images }: ReleasePlan): string {
  // Those of an earlier run count too: the comment is about the pull request, not about one run.
  const fresh = images.filter(({ tag }) => parseVersion(tag)?.stage !== 'official');
  const rest = images.length - fresh.length;
  return [
    `### Images of this pull request`,
    '',
    fresh.length === 0
      ? `No image changes: all ${images.length} are those that are released.`
      : `In ${code(record.registry)}${record.commit === '' ? '' : `, from commit ${record.commit}`}:`,
    ...(fresh.length === 0
      ? []
      : [
          '',
          '| image | tag | changed |',
          '| --- | --- | --- |',
          ...fresh.map(
            (image) => `| ${nameOf(image)} | ${code(`${image.repository}:${image.tag}`)} | ${summarize(image)} |`,
          ),
        ]),
    ...(fresh.length > 0 && rest > 0 ? ['', `${rest} more ${rest === 1 ? 'is' : 'are'} unchanged.`] : []),
    '',
  ].join('\n');
}

function summarize({ changes }: ReleasePlan['images'][number]): string {
  if (changes === null) return 'first version';
  const { profiles, base, other } = changes;
  const parts = [
    ...profiles.map(({ profile, change }) => `${code(profile)} ${change}`),
    ...(base === null ? [] : ['base image']),
    ...other,
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
