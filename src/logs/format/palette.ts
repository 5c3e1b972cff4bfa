/** Which colour a pod and a container have: stern's choice by hash, and its lists of colours. */
import { inkOf, type Ink } from './ink.ts';

/** The colours of a pod and of its containers. */
export type InkPair = readonly [pod: Ink, container: Ink];

/** Never empty. */
export type Palette = readonly InkPair[];

/** Bright for the pod, ordinary for the container: cyan, green, magenta, yellow, blue, red. */
export const defaultPalette: Palette = [36, 32, 35, 33, 34, 31].map((code) => [inkOf(code + 60), inkOf(code)] as const);

/** For lines from standard input, which have no pod: codes that change nothing, as stern writes them. */
export const stdinPalette: Palette = [[inkOf(0), inkOf(0)]];

/**
 * The palette of `--pod-colors` and `--container-colors`: each text is an SGR sequence such as `91` or
 * `38;2;255;97;136`. Without either the default one; containers take the pods' colours unless they have their own.
 */
export function compilePalette(
  podColors: readonly string[],
  containerColors: readonly string[],
): { readonly value: Palette } | { readonly problem: string } {
  if (podColors.length === 0 && containerColors.length === 0) return { value: defaultPalette };
  if (podColors.length === 0)
    return { problem: '--container-colors needs --pod-colors beside it, with as many colours' };
  if (containerColors.length > 0 && containerColors.length !== podColors.length) {
    return { problem: '--pod-colors and --container-colors must have the same number of colours' };
  }
  const pairs: InkPair[] = [];
  for (const [index, text] of podColors.entries()) {
    const pod = parseSequence('--pod-colors', text);
    if ('problem' in pod) return pod;
    const container = parseSequence('--container-colors', containerColors[index] ?? text);
    if ('problem' in container) return container;
    pairs.push([pod.value, container.value]);
  }
  return { value: pairs };
}

function parseSequence(flag: string, text: string): { readonly value: Ink } | { readonly problem: string } {
  const numbers = text.split(';').map((part) => part.trim());
  if (!numbers.every((part) => /^[+-]?\d{1,9}$/.test(part))) {
    const shown = JSON.stringify(text);
    return { problem: `${flag}: ${shown} is no colour: give SGR numbers, such as 91 or 38;2;255;97;136` };
  }
  return { value: inkOf(...numbers.map(Number)) };
}

/** The same pod has the same colours in every run; with `diffContainer` the container's hangs on its own name. */
export function inksOf(palette: Palette, pod: string, container: string, diffContainer: boolean): InkPair {
  const byPod = pairOf(palette, pod);
  return diffContainer ? [byPod[0], pairOf(palette, container)[1]] : byPod;
}

function pairOf(palette: Palette, name: string): InkPair {
  return palette[fnv1(name) % palette.length] as InkPair;
}

/** FNV-1 with 32 bits (not FNV-1a: the multiplication comes first). */
export function fnv1(name: string): number {
  let hash = 2_166_136_261;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash, 16_777_619) ^ byte;
  return hash >>> 0;
}
