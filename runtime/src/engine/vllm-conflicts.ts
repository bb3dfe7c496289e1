import type { ArgValue } from '../profile/types.ts';
import type { EngineArgProblem } from './types.ts';

type Settings = Readonly<Record<string, ArgValue>>;

interface Requirement {
  readonly name: string;
  readonly dest: string;
  readonly needs: string;
  readonly needsDest: string;
}

/** Flags that the API server refuses after parsing unless another one is given. */
const REQUIREMENTS: readonly Requirement[] = [
  {
    name: 'enable-auto-tool-choice',
    dest: 'enable_auto_tool_choice',
    needs: 'tool-call-parser',
    needsDest: 'tool_call_parser',
  },
  {
    name: 'enable-log-outputs',
    dest: 'enable_log_outputs',
    needs: 'enable-log-requests',
    needsDest: 'enable_log_requests',
  },
];

/** The first check after parsing that fails for what a vLLM command line sets, or undefined. */
export function findVllmConflict(set: Settings): EngineArgProblem | undefined {
  const failed = REQUIREMENTS.find(({ dest, needsDest }) => isSet(set[dest]) && !isSet(set[needsDest]));
  return failed && { path: failed.name, message: `vLLM refuses it without ${failed.needs}`, suggestion: failed.needs };
}

function isSet(value: ArgValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}
