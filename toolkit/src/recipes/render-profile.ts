import { dump } from 'js-yaml';
import type { ArgValue, Profile } from 'aim-runtime/profile';

/** The part of a profile that its file says. */
export interface ProfileContent extends Pick<Profile, 'metadata' | 'envVars'> {
  readonly aimId: string;
  readonly modelId: string;
  readonly engineArgs: Readonly<Record<string, ArgValue>>;
}

/** Text of a profile's file in the catalogue's form: bare flags, sorted arguments, quoted variables. */
export function renderProfile({ aimId, modelId, metadata, engineArgs, envVars }: ProfileContent): string {
  const head = dump({
    aim_id: aimId,
    model_id: modelId,
    metadata: {
      engine: metadata.engine,
      gpu: metadata.gpu,
      precision: metadata.precision,
      gpu_count: metadata.gpuCount,
      metric: metadata.metric,
      manual_selection_only: metadata.manualSelectionOnly,
      type: metadata.type,
    },
  });
  return `# SPDX-License-Identifier: MIT\n${head}${renderSection('engine_args', engineArgs)}${renderSection('env_vars', envVars)}`;
}

function renderSection(name: string, entries: Readonly<Record<string, ArgValue>>): string {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return '';
  const text = dump({ [name]: Object.fromEntries(sorted) }, { lineWidth: -1, noRefs: true, quoteStyle: 'double' });
  return text.replaceAll(/^( {2}[\w.-]+): null$/gm, '$1:');
}
