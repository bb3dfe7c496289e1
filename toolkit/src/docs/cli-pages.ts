import { renderBlock, renderCode, renderTable } from './markdown.ts';
import { renderPage, type Page } from './page.ts';

/** A flag as the command-line library describes it. */
export interface FlagFacts {
  readonly name: string;
  readonly char?: string;
  readonly kind: 'boolean' | 'value';
  readonly valueName?: string;
  readonly options?: readonly string[];
  readonly description: string;
  readonly env: string;
  readonly default?: string;
  readonly required: boolean;
  readonly multiple: boolean;
  /** All commands have it. */
  readonly global: boolean;
}

/** A command of aimctl. Names have spaces between topic and command. */
export interface CommandFacts {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly args: readonly {
    readonly name: string;
    readonly description: string;
    readonly required: boolean;
    readonly multiple: boolean;
  }[];
  readonly flags: readonly FlagFacts[];
  readonly examples: readonly { readonly description: string; readonly command: string }[];
}

/** One page per topic or command without topic, and their index. */
export function renderCliPages(commands: readonly CommandFacts[]): Page[] {
  const sorted = [...commands].sort((a, b) => (a.name < b.name ? -1 : 1));
  const topics = [...new Set(sorted.map(topicOf))];
  const pages = topics.map((topic) => {
    const parts = sorted.filter((command) => topicOf(command) === topic).map(renderCommand);
    return renderPage(`cli/${topic}.md`, `aimctl ${topic}`, parts);
  });
  return [renderIndex(sorted), ...pages];
}

function topicOf({ name }: CommandFacts): string {
  return name.split(' ')[0] ?? name;
}

function renderIndex(commands: readonly CommandFacts[]): Page {
  const globals = commands[0]?.flags.filter(({ global }) => global) ?? [];
  const rows = commands.map((command) => [
    `[aimctl ${command.name}](${topicOf(command)}.md)`,
    escapeLine(command.summary),
  ]);
  return renderPage('cli/README.md', 'Commands of aimctl', [
    renderTable(['Command', 'What it does'], rows),
    'Every command takes these as well:',
    renderTable(['Flag', 'Meaning', 'Variable'], globals.map(renderFlag)),
    'Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 a check failed, 4 the environment lacks something, 5 a remote ' +
      'system refused or failed, 130 interrupted.',
  ]);
}

function renderCommand({ name, summary, description, args, flags, examples }: CommandFacts): string {
  const own = flags.filter(({ global }) => !global).sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = [
    `## ${name}`,
    escapeLine(summary),
    escapeLine(description),
    renderBlock('text', `aimctl ${[name, ...args.map(renderArg), ...(own.length > 0 ? ['[flags]'] : [])].join(' ')}`),
    args.length === 0
      ? ''
      : renderTable(
          ['Argument', 'Meaning'],
          args.map((arg) => [renderCode(arg.name), escapeLine(arg.description)]),
        ),
    own.length === 0 ? '' : renderTable(['Flag', 'Meaning', 'Variable'], own.map(renderFlag)),
    renderBlock('sh', examples.map((example) => `# ${example.description}\n${example.command}`).join('\n\n')),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function renderArg({ name, required, multiple }: CommandFacts['args'][number]): string {
  const text = `${name.toUpperCase()}${multiple ? '...' : ''}`;
  return required ? text : `[${text}]`;
}

function renderFlag(flag: FlagFacts): string[] {
  const value = flag.kind === 'boolean' ? '' : ` ${flag.options?.join('|') ?? flag.valueName ?? 'VALUE'}`;
  const short = flag.char === undefined ? '' : `-${flag.char}, `;
  const notes = [
    ...(flag.required ? ['Required.'] : []),
    ...(flag.multiple ? ['May be repeated.'] : []),
    ...(flag.default === undefined ? [] : [`Default: ${renderCode(flag.default)}.`]),
  ].filter((note) => !flag.description.toLowerCase().includes(note.slice(0, -1).toLowerCase()));
  return [
    renderCode(`${short}--${flag.name}${value}`),
    [escapeLine(flag.description), ...notes].join(' '),
    renderCode(flag.env),
  ];
}

/** Help texts are plain: only what would break a table or look like a tag is escaped. */
function escapeLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*').trim();
}
