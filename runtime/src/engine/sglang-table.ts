// Loaded on demand: most starts check no arguments.
import schema from '../../../schemas/engine-args/sglang-0.5.5.schema.json' with { type: 'json' };
import validate from '../generated/sglang-args.js';

export { schema, validate };
