import { Errors } from '@oclif/core';
import { AimError } from 'aim-runtime/system';
import { describe, expect, it } from 'vitest';
import { failure } from '../exit-codes.ts';
import { exitStatus, renderFailureJson, renderFailureText, toFailure } from './failure.ts';

describe('failures', () => {
  it.each([
    { thrown: failure('remote', { message: 'x' }), status: 5 },
    { thrown: new AimError('config', { message: 'x', hint: 'h' }), status: 2 },
    { thrown: new Errors.CLIError('Nonexistent flag: --x\nSee more help with --help'), status: 2 },
    { thrown: new TypeError('x is undefined'), status: 1 },
    { thrown: 'a string', status: 1 },
  ])('end with status $status', ({ thrown, status }) => {
    expect(exitStatus(toFailure(thrown, []))).toBe(status);
  });

  it('drop the heading that oclif puts over wrong flags', () => {
    const text = 'The following errors occurred:\n  Missing required flag gpu\n  Missing required flag precision';
    const error = toFailure(new Errors.CLIError(`${text}\nSee more help with --help`), []);
    expect(error.message).toBe('Missing required flag gpu\nMissing required flag precision');
  });

  it('correct a misspelled command', () => {
    const error = toFailure(new Errors.CLIError('command buld-base not found'), ['build-base', 'images']);
    expect(error.message).toBe('there is no command "buld-base"');
    expect(error.hint).toContain('Did you mean build-base?');
  });

  it('are shown with details and hint, and with the stack only on request', () => {
    const error = failure('environment', { message: 'm', details: ['d'], hint: 'h', cause: new Error('root') });
    expect(renderFailureText(error, false)).toBe('Error: m\n  d\nh\n');
    expect(renderFailureText(error, true)).toContain('Caused by: Error: root');
    expect(renderFailureJson(error)).toEqual({
      error: { code: 'environment', message: 'm', hint: 'h', details: ['d'] },
    });
    expect(renderFailureJson(failure('usage', { message: 'm' })).error.hint).toBeNull();
  });
});
