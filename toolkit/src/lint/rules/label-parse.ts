import { flattenLabels, type LabelTree } from '../../images/labels.ts';
import type { Problem } from '../finding.ts';
import { isMapping } from '../profile-view.ts';
import type { Rule } from '../rule.ts';

/** Control characters; a label with a line break is cut off by tools that print one label a line. */
const CONTROL = /[\p{Cc}]/u;
const DEPLOYMENTS = 'com.amd.aim.model.recommendedDeployments';

export const labelParse: Rule = {
  id: 'label-parse',
  severity: 'error',
  kinds: ['model-metadata', 'base-metadata'],
  why: 'Metadata becomes labels of the image; the Kubernetes operator gives the image up when it cannot read them.',
  check: ({ value }) => (isMapping(value) ? checkLabels(value as LabelTree) : []),
};

function checkLabels(tree: LabelTree): Problem[] {
  return Object.entries(flattenLabels(tree)).flatMap(([name, value]): Problem[] => {
    const at = name.split('.');
    if (CONTROL.test(value)) {
      const suggestion = 'Write the text on one line.';
      return [
        {
          message: `the label ${name} has a line break or control character`,
          at,
          part: 'value',
          suggestion,
          severity: 'warning',
        },
      ];
    }
    const isReadable = name !== DEPLOYMENTS || value === '' || parsesAsOperatorDoes(value);
    const suggestion =
      'Write a list of mappings with gpuModel, gpuCount, precision, metric, profileId and description.';
    return isReadable ? [] : [{ message: `the Kubernetes operator cannot read the label ${name}`, at, suggestion }];
  });
}

/** The operator puts double quotes in the place of apostrophes before it reads the label as JSON. */
function parsesAsOperatorDoes(label: string): boolean {
  try {
    const list: unknown = JSON.parse(label.replaceAll("'", '"'));
    return Array.isArray(list) && list.every((entry) => isMapping(entry) && hasRightTypes(entry));
  } catch {
    // Not JSON is just what is asked about.
    return false;
  }
}

function hasRightTypes(entry: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(entry).every(([key, value]) =>
    key === 'gpuCount' ? Number.isInteger(value) : typeof value === 'string',
  );
}
