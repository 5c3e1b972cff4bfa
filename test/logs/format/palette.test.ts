/** Colours are stern's: the choice, the bytes, the checks of what the user lists. */
import { describe, expect, it } from 'vitest';
import { inkOf } from '../../../src/logs/format/ink.ts';
import { compilePalette, defaultPalette, fnv1, inksOf, stdinPalette } from '../../../src/logs/format/palette.ts';

describe('the bytes of a colour', () => {
  it.each<[readonly number[], string]>([
    [[96], '\x1b[96mx\x1b[0m'],
    [[92, 1], '\x1b[92;1mx\x1b[0;22m'],
    [[31, 1], '\x1b[31;1mx\x1b[0;22m'],
    [[4, 91], '\x1b[4;91mx\x1b[24;0m'],
    [[38, 2, 255, 97, 136], '\x1b[38;2;255;97;136mx\x1b[0;22;0;0;0m'],
    [[38, 5, 208], '\x1b[38;5;208mx\x1b[0;25;0m'],
    [[0], '\x1b[0mx\x1b[0m'],
  ])('%j', (numbers, text) => {
    expect(inkOf(...numbers).wrap('x')).toBe(text);
  });
});

describe('the hash', () => {
  it('is FNV-1, of which these are the published values', () => {
    expect(fnv1('')).toBe(0x811c9dc5);
    expect(fnv1('a')).toBe(0x050c5d7e);
    expect(fnv1('foobar')).toBe(0x31f0b262);
  });

  it.each([
    ['pod1', 1],
    ['my-pod', 5],
    ['nginx', 3],
    ['web-0', 2],
    ['web-1', 3],
    ['nginx-76d6c9b8c-77s2r', 4],
    ['istio-proxy', 0],
  ])('gives %s pair %i of six', (name, index) => {
    expect(fnv1(name) % 6).toBe(index);
  });
});

describe('the choice', () => {
  const wrapped = (pod: string, container: string, diff: boolean): readonly string[] =>
    inksOf(defaultPalette, pod, container, diff).map(({ wrap }) => wrap(''));

  it('is the pod’s for both, or by the name of each', () => {
    expect(wrapped('pod1', 'istio-proxy', false)).toEqual(['\x1b[92m\x1b[0m', '\x1b[32m\x1b[0m']);
    expect(wrapped('pod1', 'istio-proxy', true)).toEqual(['\x1b[92m\x1b[0m', '\x1b[36m\x1b[0m']);
  });

  it('changes nothing for lines from standard input', () => {
    expect(inksOf(stdinPalette, '', '', true).map(({ wrap }) => wrap(''))).toEqual([
      '\x1b[0m\x1b[0m',
      '\x1b[0m\x1b[0m',
    ]);
  });
});

describe('colours that the user lists', () => {
  const pairsOf = (pods: readonly string[], containers: readonly string[]): unknown => {
    const palette = compilePalette(pods, containers);
    return 'problem' in palette
      ? palette
      : palette.value.map(([pod, container]) => [pod.wrap('p'), container.wrap('c')]);
  };

  it.each<[string[], string[], string[][]]>([
    [
      ['91', '92'],
      ['31', '32'],
      [
        ['\x1b[91mp\x1b[0m', '\x1b[31mc\x1b[0m'],
        ['\x1b[92mp\x1b[0m', '\x1b[32mc\x1b[0m'],
      ],
    ],
    [['91'], [], [['\x1b[91mp\x1b[0m', '\x1b[91mc\x1b[0m']]],
    [
      ['  91 ', '\t092\t'],
      [],
      [
        ['\x1b[91mp\x1b[0m', '\x1b[91mc\x1b[0m'],
        ['\x1b[92mp\x1b[0m', '\x1b[92mc\x1b[0m'],
      ],
    ],
    [['4;91'], ['38;5;1'], [['\x1b[4;91mp\x1b[24;0m', '\x1b[38;5;1mc\x1b[0;25;22m']]],
  ])('%j and %j', (pods, containers, pairs) => {
    expect(pairsOf(pods, containers)).toEqual(pairs);
  });

  it('are the default ones without any', () => {
    expect(compilePalette([], [])).toEqual({ value: defaultPalette });
  });

  it.each<[string[], string[], RegExp]>([
    [[], ['31'], /^--container-colors needs --pod-colors/],
    [['91', '92'], ['31'], /^--pod-colors and --container-colors must have the same number/],
    [['91', 'red'], [], /^--pod-colors: "red" is no colour/],
    [['91'], ['3x'], /^--container-colors: "3x"/],
    [['91;'], [], /"91;"/],
    [[''], [], /""/],
  ])('%j and %j are refused', (pods, containers, problem) => {
    expect(pairsOf(pods, containers)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
