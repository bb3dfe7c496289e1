import { failure } from '../exit-codes.ts';
import { parseAimId } from '../images/names.ts';

/** Folders beside those of the organisations, which hold no models. */
const NO_ORGANISATIONS = ['general', 'custom', 'base'];

/** What a profile's file name says. */
export interface NamedMetadata {
  readonly engine: string;
  readonly gpu: string;
  readonly precision: string;
  readonly gpuCount: number;
  readonly metric: string;
}

/** Words that file names use for a precision where the format of the weights says more. */
const FORMATS: Readonly<Record<string, readonly string[]>> = { fp4: ['mxfp4'] };

/** Checks the model that a profile's folder is to be named after, `org/model`. @throws AimError usage */
export function parseModelFolder(text: string): string {
  const [organisation = ''] = parseAimId(text).split('/');
  if (!NO_ORGANISATIONS.includes(organisation)) return text;
  throw failure('usage', {
    message: `"${text}" cannot be a model: the folder ${organisation} of the profiles holds no models`,
    hint: 'Name the model as the hub does; a general profile names none.',
  });
}

/**
 * File name that metadata asks for: `vllm-mi300x-fp8-tp1-latency.yaml`. `format` replaces the precision in it where
 * the weights have a more exact name, as `mxfp4` for fp4.
 */
export function profileFileName({ engine, gpu, precision, gpuCount, metric }: NamedMetadata, format?: string): string {
  return `${engine}-${gpu.toLowerCase()}-${format ?? precision}-tp${gpuCount}-${metric}.yaml`;
}

/** The more exact name of the precision that a file's name already uses, if it does. */
export function formatInName(fileName: string, precision: string): string | undefined {
  return FORMATS[precision]?.find((format) => fileName.includes(`-${format}-`));
}
