import type { ArgValue, Engine } from '../profile/types.ts';

/** How the command line takes one flag: the `x-cli` part of a property in `schemas/engine-args`. */
export interface CliFacts {
  /** Long form with its dashes: `--max-model-len`. */
  readonly flag: string;
  /** Name of the parsed attribute. */
  readonly dest?: string;
  /** Further spellings, short ones included: `-tp`. */
  readonly aliases?: readonly string[];
  /** `int`, `float`, `str`, `bool`, `json`, `object`, `str|object`; SGLang also `json-or-path`, `json-list`, `str|none`. */
  readonly type?: string;
  /** 0 for a flag without a value; absent for exactly one value. */
  readonly nargs?: 0 | '?' | '*' | '+';
  readonly booleanOptional?: boolean;
  readonly storeTrue?: boolean;
  /** The words `None` and the empty word mean no value. */
  readonly acceptsNone?: boolean;
  /** Accepts 32k, 32K and the like. */
  readonly humanInt?: boolean;
  readonly json?: boolean;
  /** Name in `definitions` of the class that the engine checks the JSON against. */
  readonly jsonClass?: string;
  readonly negation?: string;
  /** On a `no-x` property: the name it turns off. */
  readonly negates?: string;
  /** On a second spelling: the property it stands for. */
  readonly aliasOf?: string;
  readonly repeatable?: boolean;
  /** `lora-module`: each word is `name=path` or a JSON object. */
  readonly items?: 'lora-module';
  /** Value of a `nargs: '?'` flag that is given bare. */
  readonly const?: ArgValue;
  /** Of the property's `examples` those that the ROCm build takes. */
  readonly rocmKnownValues?: readonly string[];
  readonly removalMentioned?: readonly string[];
  readonly group?: string;
}

/** The part of draft-07 that the argument schemas use. */
export interface ArgSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly type?: string | readonly string[];
  readonly enum?: readonly ArgValue[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly items?: ArgSchema;
  readonly anyOf?: readonly ArgSchema[];
  readonly allOf?: readonly ArgSchema[];
  readonly properties?: Readonly<Record<string, ArgSchema>>;
  /** Values known to work where the set is open. */
  readonly examples?: readonly ArgValue[];
  readonly default?: ArgValue;
  readonly 'x-cli'?: CliFacts;
  /** Python exception that refuses a wrong value of this key, where it is not a validation error. */
  readonly 'x-error'?: string;
}

/** A file of `schemas/engine-args`. */
export interface EngineSchema {
  readonly 'x-engine': { readonly name: Engine; readonly version: string; readonly module: string };
  readonly properties: Readonly<Record<string, ArgSchema>>;
  readonly definitions?: Readonly<Record<string, ArgSchema>>;
}

/** The fields of an Ajv error that are read here. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A validator compiled by Ajv: true, or false with `errors` filled. */
export interface ArgsValidator {
  (args: unknown): boolean;
  readonly errors?: readonly SchemaError[] | null;
}

/** What is known about one version of an engine's command line. */
export interface EngineTable {
  readonly schema: EngineSchema;
  /** All problems of an engine_args object with canonical keys, in no special order. */
  readonly validate: (args: Readonly<Record<string, unknown>>) => readonly SchemaError[];
  /** Every spelling on the command line with the property it sets. */
  readonly options: ReadonlyMap<string, CliOption>;
}

/** One spelling of a flag on the command line. */
export interface CliOption {
  /** Property name: `enable-prefix-caching` also for `--no-enable-prefix-caching`. */
  readonly name: string;
  readonly negated: boolean;
  readonly facts: CliFacts;
  readonly property: ArgSchema;
}

/** One thing wrong in an engine_args object. Values of secrets are not in it. */
export interface EngineArgProblem {
  /** Keys from the object inwards as the file spells them, joined with `/`: `kv-transfer-config/kv_role`. */
  readonly path: string;
  readonly message: string;
  /** What would be right, in words. */
  readonly allowed?: string;
  /** The nearest right name or value. */
  readonly suggestion?: string;
}
