import { renderGib } from 'aim-runtime/estimate';
import type { DocumentedProfile } from './facts.ts';
import { renderCode, renderTable } from './markdown.ts';

/** For a model's page: profiles with what they ask for, how far they are tuned and what the memory estimate says of them. */
export function renderProfileTable(profiles: readonly DocumentedProfile[]): string {
  const heading = ['Profile', 'Type', 'Measured', 'Weights per GPU', 'Context', 'Sequences that fit'];
  const rows = profiles.map(({ id, name, type, automatic, measured, memory }) => [
    renderCode(id),
    automatic ? type : `${type}, by id only`,
    measured ? `[yes](../../../../profiles/${name.slice(0, -id.length)}bench/${id}.json)` : 'no',
    memory === null ? 'unknown' : renderGib(memory.weightBytes),
    memory === null ? 'unknown' : memory.contextTokens.toLocaleString('en'),
    memory === null ? 'unknown' : String(memory.concurrentSequences),
  ]);
  return renderTable(heading, rows);
}
