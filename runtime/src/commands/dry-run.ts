import { basename } from 'node:path';
import { discover, resolveProfile } from './resolved-profile.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './context.ts';
import { renderScript } from './present.ts';
import { planStart, type StartPlan } from './start-plan.ts';

const FORMATS = ['yaml', 'json'];

/** Shows what serve would start; nothing is started, written or asked of the network. */
export const dryRun: Command = {
  name: 'dry-run',
  summary: 'show the selected profile and the engine command without starting it',
  usage: 'aim-runtime dry-run [--format yaml|json]',
  run: async (args, context) => {
    const { flags } = parseArguments(args, { format: { type: 'string', allowed: FORMATS } });
    const plan = await planStart(context);
    const text = flags['format'] === 'json' ? renderJson(plan) : await renderYaml(plan);
    context.print(context.redact(text));
  },
};

/** One object under the profile's file name; `discovery`, the array that the operator reads, comes last. */
function renderJson(plan: StartPlan): string {
  const document = { [basename(plan.selected.profile.path)]: { ...resolveProfile(plan), discovery: [discover(plan)] } };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

async function renderYaml(plan: StartPlan): Promise<string> {
  const { dump } = await import('js-yaml');
  const script = renderScript(plan.command.argv, discover(plan).command.env);
  return [
    `# Selected profile: ${plan.selected.profile.path}`,
    '',
    dump(resolveProfile(plan), { lineWidth: -1, noRefs: true }).trimEnd(),
    '',
    '# Command:',
    ...script.map((line) => `# ${line}`),
    '',
  ].join('\n');
}
