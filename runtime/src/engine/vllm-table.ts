// Loaded on demand: most starts check no arguments.
import schema from '../../../schemas/engine-args/vllm-0.11.1.schema.json' with { type: 'json' };
import validate from '../generated/vllm-args.js';

export { schema, validate };
