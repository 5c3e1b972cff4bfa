/** Texts become values as pflag makes them. */
import { describe, expect, it } from 'vitest';
import { booleanFlag, choiceFlag, countFlag, listFlag, textFlag } from '../../src/cli/flag.ts';
import { parseInteger } from '../../src/cli/integer.ts';

const text = { name: 'x', about: '' };

describe('booleanFlag', () => {
  it.each(['1', 't', 'T', 'true', 'TRUE', 'True'])('%s is true', (given) => {
    expect(booleanFlag(text).parse([given])).toEqual({ value: true });
  });
  it.each(['0', 'f', 'F', 'false', 'FALSE', 'False'])('%s is false', (given) => {
    expect(booleanFlag(text).parse([given])).toEqual({ value: false });
  });
  it.each(['', 'yes', 'on', 'tRUE', '2'])('%j is neither', (given) => {
    expect(booleanFlag(text).parse([given])).toHaveProperty('problem');
  });
  it('lets the last one win', () => {
    expect(booleanFlag(text).parse(['true', 'false'])).toEqual({ value: false });
  });
});

describe('parseInteger', () => {
  it.each([
    ['0', 0],
    ['-1', -1],
    ['+7', 7],
    ['0600', 600],
  ])('reads %s', (given, value) => {
    expect(parseInteger(given, -1, 1000)).toEqual({ value });
  });
  it.each(['', '1.5', '1e3', '0x10', '--1', '9007199254740993', '-2', '1001', 'five'])('refuses %j', (given) => {
    expect(parseInteger(given, -1, 1000)).toHaveProperty('problem');
  });
});

describe('the other kinds', () => {
  it('counts, and takes a number', () => {
    expect(countFlag(text).parse(['', '', ''])).toEqual({ value: 3 });
    expect(countFlag(text).parse(['6'])).toEqual({ value: 6 });
    expect(countFlag(text).parse(['loud'])).toHaveProperty('problem');
  });
  it('splits lists at commas and adds them up', () => {
    expect(listFlag(text, 'x').parse(['a,b', 'c'])).toEqual({ value: ['a', 'b', 'c'] });
  });
  it('takes an empty text for none', () => {
    expect(textFlag(text, 'x').parse([''])).toEqual({ value: undefined });
  });
  it('names the choices', () => {
    const flag = choiceFlag(text, ['json', 'text'], 'text');
    expect(flag.parse(['json'])).toEqual({ value: 'json' });
    expect(flag.parse(['xml'])).toEqual({ problem: '"xml" is none of json, text' });
  });
});
