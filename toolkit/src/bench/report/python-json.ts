/** A number that Python holds as a float: whole ones keep their `.0`. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What can be written; a plain number is a Python int. */
export type PythonValue =
  null | boolean | string | number | PythonFloat | readonly PythonValue[] | { readonly [key: string]: PythonValue };

/** JSON in the very bytes of Python's `json.dumps(value)`: spaces after `,` and `:`, ASCII only, floats as repr has them. */
export function renderPythonJson(value: PythonValue): string {
  if (value instanceof PythonFloat) return renderFloat(value.value);
  if (typeof value === 'string') return renderString(value);
  if (isList(value)) return `[${value.map(renderPythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, item]) => `${renderString(key)}: ${renderPythonJson(item)}`);
  return `{${members.join(', ')}}`;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function renderString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Both languages write the fewest digits that read back as the same number; they differ in when they use exponents. */
function renderFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const [digits = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? '-' : '+';
    return `${digits}e${sign}${Math.abs(exponent).toString().padStart(2, '0')}`;
  }
  const plain = exponent < 0 ? value.toFixed(digitsAfterPoint(digits, exponent)) : value.toString();
  return plain.includes('.') ? plain : `${plain}.0`;
}

function digitsAfterPoint(digits: string, exponent: number): number {
  return digits.replace(/[-.]/g, '').length - 1 - exponent;
}
