import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { ENGINES } from 'aim-runtime/profile';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { ensureImage } from '../../cli/ensure-image.ts';
import { hostFlag } from '../../cli/flags.ts';
import { renderExtraction, type ExtractionReport } from '../../cli/present/schema.ts';
import { profilesFlag } from '../../cli/profile-flags.ts';
import { writeDocuments } from '../../documents/write.ts';
import { compareWithKnown, findBrokenProfiles } from '../../engine-schema/breakage.ts';
import { extractParserFacts } from '../../engine-schema/extract.ts';
import { toEngineSchema } from '../../engine-schema/schema.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { listProfileFiles, loadValidProfiles } from '../../profiles/find.ts';

export class SchemaExtract extends BaseCommand {
  static override summary = "Write the argument schema of an image's engine.";
  static override description =
    "Runs the engine's own argument parser inside the image and writes what it accepts, for exactly that version. " +
    'Shows which arguments came and went, which profiles the engine would refuse, and which are not valid; exits ' +
    'with 3 when there are any. Needs no GPU; the container has no network and is removed.';
  static override args = {
    image: Args.string({ required: true, ignoreStdin: true, description: 'Image with an engine; pulled if need be.' }),
  };
  static override examples = [
    {
      description: 'See what a newer base image breaks',
      command: '<%= config.bin %> schema extract rocm/vllm:latest --output vllm.schema.json',
    },
    {
      description: 'The same for SGLang, for other programs',
      command: '<%= config.bin %> schema extract lmsysorg/sglang:latest --engine sglang --json',
    },
  ];
  static override flags = {
    ...hostFlag,
    ...profilesFlag,
    engine: Flags.option({
      options: ENGINES,
      default: 'vllm',
      description: 'Engine to ask.',
      env: 'AIMCTL_ENGINE',
    })(),
    output: Flags.string({
      helpValue: 'FILE',
      description: 'File to write; default is ENGINE-VERSION.schema.json in the current folder.',
      env: 'AIMCTL_OUTPUT_FILE',
    }),
  };

  override async run(): Promise<ExtractionReport> {
    const { flags, args } = await this.parse(SchemaExtract);
    const session = this.open(flags);
    const { locations, progress, signal } = session;
    const { image } = args;
    await ensureImage(await session.connect(flags.host), image, { progress, signal });
    progress.update(`reading the arguments of ${flags.engine} in ${image}`);
    const program = readFileSync(join(locations.root, 'templates/engine-arguments.py'), 'utf8');
    const containers = await session.connectContainers(flags.host);
    const facts = await extractParserFacts({ image, engine: flags.engine, program }, containers, signal);
    const schema = toEngineSchema(facts);
    const output = resolve(flags.output ?? schema.$id);
    writeDocuments([{ path: output, text: `${JSON.stringify(schema, undefined, 2)}\n` }], { force: true });
    const files = listProfileFiles(profilesFolder(flags.profiles, locations.root));
    const { profiles, invalid } = loadValidProfiles(files);
    const broken = findBrokenProfiles(schema, profiles);
    if (broken.length + invalid.length > 0) process.exitCode = EXIT_CODES['check-failed'];
    const report = {
      image,
      engine: facts.engine,
      version: facts.version,
      output,
      arguments: Object.keys(schema.properties).length,
      changes: await compareWithKnown(schema),
      broken,
      invalid,
    };
    return this.finish(flags, report, renderExtraction);
  }
}
