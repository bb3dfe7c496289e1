import { createRedactor } from 'aim-runtime/system';

/** Commands whose flag `--format` may be `json`, for the object that `--json` prints. */
export const JSON_FORMAT_COMMANDS: readonly string[] = ['images', 'lint', 'list', 'scan'];

/** How a failure is told. */
export interface FailureSettings {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly redact: (text: string) => string;
}

/** What the reporting of failures needs before any session exists, from arguments and environment. */
export function readFailureSettings(argv: readonly string[], env: NodeJS.ProcessEnv): FailureSettings {
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const on = (flag: string, variable: string) =>
    options.includes(flag) || /^(?:1|true|yes|y)$/i.test(env[variable] ?? '');
  return {
    json: (on('--json', 'AIMCTL_JSON') && !options.includes('--no-json')) || hasJsonFormat(options, env),
    verbose: on('--verbose', 'AIMCTL_VERBOSE'),
    redact: createRedactor(env),
  };
}

/** True where `--format json` is the same as `--json`: not when the result goes to a file. */
function hasJsonFormat(options: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const [command = ''] = options;
  if (!JSON_FORMAT_COMMANDS.includes(command)) return false;
  const variable = (flag: string) => env[`AIMCTL_${command}_${flag}`.toUpperCase()];
  const valueOf = (flag: string) => {
    const place = options.findLastIndex((option) => option === `--${flag}` || option.startsWith(`--${flag}=`));
    return place < 0 ? variable(flag) : (options[place]?.split('=')[1] ?? options[place + 1]);
  };
  return valueOf('format') === 'json' && !valueOf('output');
}
