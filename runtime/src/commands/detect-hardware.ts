import { loadConfig } from '../config.ts';
import { detectHardware as detect, presentHardware, renderHardware } from '../gpu/index.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './context.ts';

/** Shows the GPUs this container can use; none is a result, not an error. */
export const detectHardware: Command = {
  name: 'detect-hardware',
  summary: 'show the GPUs this container can use',
  usage: 'aim-runtime detect-hardware [--format text|json]',
  run: async (args, context) => {
    const { flags } = parseArguments(args, { format: { type: 'string', allowed: ['text', 'json'] } });
    const config = await loadConfig(context.env, 'nothing');
    const { env, exec, log } = context;
    const hardware = detect({ sysfsRoot: config.sysfsRoot, devRoot: config.devRoot, env, exec, log });
    context.print(
      flags['format'] === 'json'
        ? `${JSON.stringify(presentHardware(hardware), undefined, 2)}\n`
        : renderHardware(hardware),
    );
  },
};
