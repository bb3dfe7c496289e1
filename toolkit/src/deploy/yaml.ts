import { dump } from 'js-yaml';

/** Data as one YAML document. `forced` quotes every text, so that templates inside cannot turn it into something else. */
export function renderYaml(data: unknown, { forced = false } = {}): string {
  return dump(data, { lineWidth: -1, noRefs: true, quoteStyle: 'double', forceQuotes: forced });
}
