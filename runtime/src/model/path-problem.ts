const LONGEST_NAME_BYTES = 240;

/** Why a relative path, as a source gives it, may not be written; undefined when it may. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.startsWith('/')) return 'it is absolute';
  if (/[\u0000-\u001F\u007F\\]/.test(path)) return 'it holds a control character or a backslash';
  const parts = path.split('/');
  if (parts.includes('..')) return 'it leaves its folder';
  if (parts.includes('.') || parts.includes('')) return 'it has an empty part';
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME_BYTES)) return 'a part of it is too long';
  return undefined;
}
