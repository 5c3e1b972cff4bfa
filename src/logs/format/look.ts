/** How the places that lines come from are shown: in which colours, with or without their namespace and context. */
import type { LogSource } from '../line.ts';
import { noInk } from './ink.ts';
import { inksOf, type InkPair, type Palette } from './palette.ts';

export interface LookOptions {
  /** Undefined: no colours. */
  readonly colors: Palette | undefined;
  /** The container's colour hangs on its own name. */
  readonly diffContainer: boolean;
  /** More than one namespace is followed. */
  readonly showNamespace: boolean;
  /** More than one context is followed. */
  readonly showContext: boolean;
}

export interface Look {
  readonly coloured: boolean;
  readonly showNamespace: boolean;
  readonly showContext: boolean;
  readonly inksFor: (source: Pick<LogSource, 'pod' | 'container'>) => InkPair;
}

export function lookOf({ colors, diffContainer, showNamespace, showContext }: LookOptions): Look {
  return {
    coloured: colors !== undefined,
    showNamespace,
    showContext,
    inksFor: ({ pod, container }) => (colors ? inksOf(colors, pod, container, diffContainer) : [noInk, noInk]),
  };
}
