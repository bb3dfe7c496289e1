import { randomBytes } from 'node:crypto';

/** A safetensors file whose tensors hold random bytes. */
export function safetensors(tensors: Readonly<Record<string, number>>): Buffer {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, sizeBytes] of Object.entries(tensors)) {
    header[name] = { dtype: 'U8', shape: [sizeBytes], data_offsets: [end, end + sizeBytes] };
    end += sizeBytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, randomBytes(end)]);
}

/** Files of a small model in `count` shards of about `shardBytes` each, with all that a repository has beside them. */
export function shardedModel(count: number, shardBytes: number): Record<string, Buffer> {
  const shards = Array.from({ length: count }, (_, index) => {
    const name = `model-${String(index + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.safetensors`;
    return { name, tensor: `layers.${index}.weight` };
  });
  const map = Object.fromEntries(shards.map(({ name, tensor }) => [tensor, name]));
  return {
    'config.json': Buffer.from('{"model_type": "llama"}'),
    'model.safetensors.index.json': Buffer.from(JSON.stringify({ metadata: {}, weight_map: map })),
    'tokenizer.json': Buffer.from('{"version": "1.0"}'),
    'README.md': Buffer.from('# A model\n'),
    'empty.txt': Buffer.alloc(0),
    ...Object.fromEntries(shards.map(({ name, tensor }) => [name, safetensors({ [tensor]: shardBytes })])),
    'extra/notes.txt': Buffer.from('in a folder'),
  };
}
