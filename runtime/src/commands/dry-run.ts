import { basename } from 'node:path';
import { discover, resolveProfile } from './resolved-profile.ts';
import { parseArguments } from './arguments.ts';
import { isOffline } from '../model/index.ts';
import type { Command, CommandContext } from './context.ts';
import { renderScript } from './present.ts';
import { planStart, type StartPlan } from './start-plan.ts';

const FORMATS = ['yaml', 'json'];

/** How long the size of a model may be asked for, as a whole. */
const SIZE_LIMIT_MS = 2_000;

/** Shows what serve would start; nothing is started or written, and only the size of a model asked of the network. */
export const dryRun: Command = {
  name: 'dry-run',
  summary: 'show the selected profile and the engine command without starting it',
  usage: 'aim-runtime dry-run [--format yaml|json]',
  run: async (args, context) => {
    const { flags } = parseArguments(args, { format: { type: 'string', allowed: FORMATS } });
    const plan = await planStart(context);
    const text = flags['format'] === 'json' ? renderJson(plan, context) : await renderYaml(plan, context);
    context.print(context.redact(text));
  },
};

/** One object under the profile's file name; `discovery`, the array that the operator reads, comes last. */
function renderJson(plan: StartPlan, context: CommandContext): string {
  const discovery = [discover(plan, sizeOf(plan, context))];
  const document = {
    [basename(plan.selected.profile.path)]: { ...resolveProfile(plan, context.env), discovery },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Bytes of the model: those in the cache, else those that its source lists, if it does so in time. */
function sizeOf({ source, cached }: StartPlan, { env, runSelf }: CommandContext): number | undefined {
  if (cached) return cached.sizeBytes;
  if (source.kind === 'local' || isOffline(env)) return undefined;
  const answer = runSelf(['model-size', source.id], { timeoutMs: SIZE_LIMIT_MS });
  return answer && /^\d+\n$/.test(answer.stdout) ? Number(answer.stdout) : undefined;
}

async function renderYaml(plan: StartPlan, { env }: CommandContext): Promise<string> {
  const { dump } = await import('js-yaml');
  const script = renderScript(plan.command.argv, discover(plan).command.env);
  return [
    `# Selected profile: ${plan.selected.profile.path}`,
    '',
    dump(resolveProfile(plan, env), { lineWidth: -1, noRefs: true }).trimEnd(),
    '',
    '# Command:',
    // A quoted value may hold line breaks of its own.
    ...script.flatMap((line) => line.split('\n')).map((line) => `# ${line}`.trimEnd()),
    '',
  ].join('\n');
}
