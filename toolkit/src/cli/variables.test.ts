import { expect, it } from 'vitest';
import { parseVariable } from './variables.ts';

it.each([
  ['VLLM_USE_V1=1', ['VLLM_USE_V1', '1']],
  ['_x=', ['_x', '']],
  ['A=b=c\nd', ['A', 'b=c\nd']],
])('reads %j', (text, expected) => {
  expect(parseVariable(text)).toEqual(expected);
});

it.each([
  ['MY-SECRET=plainvalue', '"MY-SECRET" is no name'],
  ['1ST=plainvalue', '"1ST" is no name'],
  ['=plainvalue', 'no name or no "="'],
  ['plainvalue', 'no name or no "="'],
])('refuses %s without showing what may be a secret', (text, fault) => {
  const read = () => parseVariable(text);
  expect(read).toThrow(fault);
  expect(read).not.toThrow('plainvalue');
});
