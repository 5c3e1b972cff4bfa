/** A flag as data: its name, how its text becomes a value, and where it may come from. */
import type { Completes } from './completion/completes.ts';

/** What a text came to: the value, or one sentence that says what is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export interface FlagText {
  /** Long name without dashes: `grace-period`; `KMAINT_GRACE_PERIOD` and the key of the file are made from it. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** One sentence for the help, without a full stop. */
  readonly about: string;
  /** Values that a flag which may stand alone takes from the next word too, without an equals sign: `-f false`. */
  readonly nextWords?: readonly string[];
  /** What a shell may offer as its value, where the value's name does not say it. */
  readonly completes?: Completes;
  /** Shows the help, as `--help` does. */
  readonly showsHelp?: boolean;
}

export interface Flag<T> extends FlagText {
  /** What the value is called in the help; undefined for flags that stand alone. */
  readonly valueName: string | undefined;
  /** The text that a flag without `=value` stands for; undefined when a value must follow. */
  readonly bare: string | undefined;
  /** Given several times, its texts add up instead of the last one winning. */
  readonly repeatable: boolean;
  readonly fallback: T;
  /** What the help shows as the default; undefined when there is nothing to say. */
  readonly fallbackText: string | undefined;
  /** Texts in the order given, at least one. */
  readonly parse: (texts: readonly string[]) => Parsed<T>;
  /** Set when only the command line may give it: one clause that says why. */
  readonly onlyFlag: string | undefined;
  /** Which texts that holds for. */
  readonly onlyFlagWhen: (text: string) => boolean;
  /** Its value must never be shown. */
  readonly secret: boolean;
}

/** Any flag, where the type of its value does not matter. */
export type AnyFlag = Flag<unknown>;

/** Why consent, force and the like have to be typed each time; see {@link Flag.onlyFlag}. */
export interface Restrictions {
  readonly onlyFlag?: string;
  /** All texts, unless given. */
  readonly onlyFlagWhen?: (text: string) => boolean;
  readonly secret?: boolean;
}

/** A flag whose value is made by `parse` from the last text given. */
export function valueFlag<T>(
  text: FlagText,
  kind: {
    readonly valueName: string;
    readonly fallback: T;
    readonly fallbackText?: string;
    /** See {@link Flag.bare}. */
    readonly bare?: string;
    readonly parse: (text: string) => Parsed<T>;
  },
  restrictions: Restrictions = {},
): Flag<T> {
  return {
    ...text,
    valueName: kind.valueName,
    bare: kind.bare,
    repeatable: false,
    fallback: kind.fallback,
    fallbackText: kind.fallbackText,
    parse: (texts) => kind.parse(texts.at(-1) ?? ''),
    onlyFlag: restrictions.onlyFlag,
    onlyFlagWhen: restrictions.onlyFlagWhen ?? always,
    secret: restrictions.secret ?? false,
  };
}

/** A text that is taken as it is; empty counts as not given. */
export function textFlag(text: FlagText, valueName: string, restrictions: Restrictions = {}): Flag<string | undefined> {
  return valueFlag<string | undefined>(
    text,
    { valueName, fallback: undefined, parse: (value) => ({ value: value === '' ? undefined : value }) },
    restrictions,
  );
}

/** One of a few words; `bare` is the one that the flag alone stands for, if it may stand alone. */
export function choiceFlag<T extends string>(
  text: FlagText,
  choices: readonly T[],
  fallback: T,
  bare?: T,
  restrictions: Restrictions = {},
): Flag<T> {
  return valueFlag<T>(
    text,
    {
      valueName: choices.join('|'),
      fallback,
      fallbackText: fallback,
      ...(bare === undefined ? {} : { bare }),
      parse: oneOf(choices),
    },
    restrictions,
  );
}

/** The word among `choices` that a text is. */
export function oneOf<T extends string>(choices: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    return value === undefined ? { problem: `${quoted(text)} is none of ${choices.join(', ')}` } : { value };
  };
}

/** On or off; `--flag`, `--flag=true` and `--flag=false`, in all spellings of pflag. */
export function booleanFlag(text: FlagText, fallback = false, restrictions: Restrictions = {}): Flag<boolean> {
  return {
    ...text,
    valueName: undefined,
    bare: 'true',
    repeatable: false,
    fallback,
    fallbackText: fallback ? 'true' : undefined,
    parse: (texts) => parseBoolean(texts.at(-1) ?? ''),
    onlyFlag: restrictions.onlyFlag,
    onlyFlagWhen: restrictions.onlyFlagWhen ?? always,
    secret: false,
  };
}

/** Each time it is given counts one; `-v=3` sets the count. */
export function countFlag(text: FlagText): Flag<number> {
  return {
    ...text,
    valueName: undefined,
    bare: '',
    repeatable: true,
    fallback: 0,
    fallbackText: undefined,
    parse(texts) {
      let value = 0;
      for (const one of texts) {
        if (one !== '' && !/^\d{1,3}$/.test(one)) return { problem: `${quoted(one)} is not a number` };
        value = one === '' ? value + 1 : Number(one);
      }
      return { value };
    },
    onlyFlag: undefined,
    onlyFlagWhen: always,
    secret: false,
  };
}

/** A list: given several times, or separated by commas. */
export function listFlag(text: FlagText, valueName: string, restrictions: Restrictions = {}): Flag<readonly string[]> {
  return {
    ...text,
    valueName,
    bare: undefined,
    repeatable: true,
    fallback: [],
    fallbackText: undefined,
    parse: (texts) => ({ value: texts.flatMap((one) => one.split(',')).filter((one) => one !== '') }),
    onlyFlag: restrictions.onlyFlag,
    onlyFlagWhen: restrictions.onlyFlagWhen ?? always,
    secret: false,
  };
}

/** Texts that may hold commas, such as patterns: given several times, they add up. */
export function textsFlag(text: FlagText, valueName: string): Flag<readonly string[]> {
  return {
    ...listFlag(text, valueName),
    parse: (texts) => ({ value: texts.filter((one) => one !== '') }),
  };
}

/** As {@link listFlag}, joined by commas: takes the place of a flag whose value is one text. */
export function joinedFlag(text: FlagText, valueName: string): Flag<string | undefined> {
  const list = listFlag(text, valueName);
  return {
    ...list,
    fallback: undefined,
    parse: (texts) => {
      const joined = texts.flatMap((one) => one.split(',')).filter((one) => one !== '');
      return { value: joined.length === 0 ? undefined : joined.join(',') };
    },
  };
}

const always = (): boolean => true;

/** A text in quotes, as messages show what was given. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const lies = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Go's strconv.ParseBool. */
export function parseBoolean(text: string): Parsed<boolean> {
  if (truths.has(text)) return { value: true };
  if (lies.has(text)) return { value: false };
  return { problem: `${quoted(text)} is neither true nor false` };
}
