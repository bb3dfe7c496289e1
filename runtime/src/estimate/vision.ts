import { firstNumber, type Config } from './config-fields.ts';

const CHANNELS = 3;
const DEFAULT_PATCH = 14;
/** Neighbouring patches that one image token is merged from, along each axis. */
const MERGE = 2;

/**
 * Parameters of a vision transformer with gated feed-forward blocks, its patch embedding, and a projector of two layers
 * to the text model's width. Towers of other kinds come out within a few per cent of a whole model's size.
 */
export function countVisionParameters(vision: Config | undefined, textHiddenSize: number): number {
  const hidden = vision && firstNumber(vision, ['hidden_size', 'embed_dim', 'width']);
  const layers = vision && firstNumber(vision, ['num_hidden_layers', 'depth', 'layers']);
  if (!vision || hidden === undefined || layers === undefined) return 0;
  const intermediate = firstNumber(vision, ['intermediate_size']) ?? 4 * hidden;
  const patch = firstNumber(vision, ['patch_size']) ?? DEFAULT_PATCH;
  const blocks = layers * (4 * hidden ** 2 + 3 * hidden * intermediate + 2 * hidden);
  const embedding = CHANNELS * patch ** 2 * hidden + hidden;
  const projector = MERGE ** 2 * hidden ** 2 + hidden * textHiddenSize + textHiddenSize ** 2 + hidden;
  return blocks + embedding + projector;
}
