/** What stands in for a secret's value. */
export const REDACTED = '[redacted]';

const SECRET_NAME =
  /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTHORIZATION|(?:^|_)KEY(?:$|_)|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY/i;
const NOT_SECRET =
  /TOKENIZER|TOKEN_(?:IDS?|INDEX)|(?:BOS|EOS|PAD|UNK|SEP|CLS|MASK|IMAGE|VIDEO|AUDIO|START|END|STOP|SPECIAL)_TOKEN|TOKENS|TOKEN_THRESHOLD|TOKEN_MAP|TOKEN_DISTRIBUTION|FIRST_TOKEN|KEY_VALUE|KEYWORD/i;
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi;
const SIGNED_QUERY =
  /([?&](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|Signature|sig|token|access_token|api_key)=)[^&\s"']+/gi;
const AUTHORIZATION = /((?:authorization["']?\s*[:=]\s*["']?)(?:bearer|basic)?\s*)[^\s"',]+/gi;
const KNOWN_TOKEN =
  /\b(?:hf_[A-Za-z0-9]{8,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|AKIA[0-9A-Z]{12,})\b/g;
const SHORTEST_SECRET = 6;

/** True when a variable or argument of this name holds a secret: HF_TOKEN, AWS_SECRET_ACCESS_KEY, api-key. */
export function isSecretName(name: string): boolean {
  const normal = name.replaceAll('-', '_');
  return SECRET_NAME.test(normal) && !NOT_SECRET.test(normal);
}

/**
 * Builds the function through which everything printed passes: it hides the values of this environment's
 * secrets, credentials in URLs, signatures in query strings, Authorization headers and well-known token shapes.
 */
export function createRedactor(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  // Programs strip the line break that a file's end left on a value.
  const values = Object.entries(env)
    .flatMap(([name, value]) => (value !== undefined && isSecretName(name) ? [value.trim()] : []))
    .filter((value) => value.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, REDACTED);
    return clean
      .replace(URL_CREDENTIALS, `$1${REDACTED}@`)
      .replace(SIGNED_QUERY, `$1${REDACTED}`)
      .replace(AUTHORIZATION, `$1${REDACTED}`)
      .replace(KNOWN_TOKEN, REDACTED);
  };
}

/** Hides what is known as a secret by its shape, whatever the environment holds. */
export const redactShapes = createRedactor({});

/** The same record with the values of secrets replaced; used for anything that shows an environment. */
export function redactRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, isSecretName(name) ? REDACTED : value]),
  );
}

/** A document's value with those of secrets replaced, however deep they lie. */
export function redactValue(value: unknown, name = ''): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, name));
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactValue(inner, key)]));
  return isSecretName(name) ? REDACTED : value;
}
