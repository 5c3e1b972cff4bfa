/** What a piece of text means; how that looks is decided elsewhere, and never carries the meaning alone. */

export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const asIs = (text: string): string => text;

/** No colours at all; needs no library. */
export const plainStyle: Style = { good: asIs, bad: asIs, warn: asIs, strong: asIs, faint: asIs };
