/** The values that templates work with, each with the type that it has in Go. */
import type { ByteString } from '../line.ts';
import type { GoTime } from './go-time.ts';

/**
 * - `undefined`: no value at all, as of a key that a map has not; printed as `<no value>`
 * - `null`: an interface that holds nothing, as JSON's null
 * - `number`: a float64
 * - `string`: a string of Go, of whatever bytes
 */
export type GoValue =
  | undefined
  | null
  | boolean
  | number
  | ByteString
  | GoInt
  | JsonNumber
  | GoMap
  | GoSlice
  | GoTime
  | GoColor
  | GoLog
  | GoFunction;

/** A failure within a function; the executor adds where it happened. */
export class GoError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'GoError';
  }
}

/** An integer, and how it is called where it has a name (`January`). */
export class GoInt {
  readonly value: bigint;
  readonly type: string;
  readonly label: string | undefined;

  constructor(value: bigint, type = 'int', label?: string) {
    this.value = value;
    this.type = type;
    this.label = label;
  }
}

export function goInt(value: number): GoInt {
  return new GoInt(BigInt(value));
}

/** A number of JSON that has kept its text; a kind of string in Go. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class GoMap {
  /** Undefined for a nil map, which reads like an empty one. */
  readonly entries: ReadonlyMap<ByteString, GoValue> | undefined;
  /** Its values are strings; otherwise of whatever type. */
  readonly ofStrings: boolean;

  constructor(entries: ReadonlyMap<ByteString, GoValue> | undefined, ofStrings = false) {
    this.entries = entries;
    this.ofStrings = ofStrings;
  }

  get size(): number {
    return this.entries?.size ?? 0;
  }

  get(key: ByteString): GoValue {
    return this.entries?.get(key);
  }

  has(key: ByteString): boolean {
    return this.entries?.has(key) ?? false;
  }

  /** What indexing gives for a key that is not there. */
  get zero(): GoValue {
    return this.ofStrings ? '' : null;
  }

  sortedKeys(): ByteString[] {
    return this.entries ? [...this.entries.keys()].toSorted(compareBytes) : [];
  }
}

export function compareBytes(left: ByteString, right: ByteString): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export class GoSlice {
  readonly items: readonly GoValue[];

  constructor(items: readonly GoValue[]) {
    this.items = items;
  }
}

/** How text is coloured. */
export interface TemplateColor {
  /** The text between escape sequences; as it is when colour is off. */
  readonly wrap: (text: string) => string;
  /** The numbers of its sequence, for templates that print the colour itself. */
  readonly attributes?: readonly number[] | undefined;
}

export class GoColor {
  readonly color: TemplateColor;

  constructor(color: TemplateColor) {
    this.color = color;
  }
}

/** A line and its source, as stern's templates see them. */
export interface LogFields {
  readonly Message: string;
  /** No field of stern 1.34.0: it is there to be used, and does not show where the whole is printed. */
  readonly Timestamp: string;
  readonly NodeName: string;
  readonly Namespace: string;
  readonly PodName: string;
  readonly ContainerName: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Annotations: Readonly<Record<string, string>>;
  readonly PodColor: TemplateColor;
  readonly ContainerColor: TemplateColor;
}

/** The struct that a template begins with. */
export class GoLog {
  readonly fields: LogFields;

  constructor(fields: LogFields) {
    this.fields = fields;
  }

  /** Undefined when stern's struct has no such field. */
  field(name: string): GoValue {
    const { fields } = this;
    switch (name) {
      case 'Message':
      case 'Timestamp':
      case 'NodeName':
      case 'Namespace':
      case 'PodName':
      case 'ContainerName':
        return fields[name];
      case 'Labels':
      case 'Annotations':
        return stringMap(fields[name]);
      case 'PodColor':
      case 'ContainerColor':
        return new GoColor(fields[name]);
      default:
        return undefined;
    }
  }
}

/** The labels of a source are the same for all of its lines. */
const stringMaps = new WeakMap<Readonly<Record<string, string>>, GoMap>();

/** Nothing in it counts as nil: the API leaves empty maps out. */
function stringMap(record: Readonly<Record<string, string>>): GoMap {
  const known = stringMaps.get(record);
  if (known) return known;
  const entries = Object.entries(record);
  const map = new GoMap(entries.length === 0 ? undefined : new Map(entries), true);
  stringMaps.set(record, map);
  return map;
}

/** The string that a parameter of that type was given; the executor has seen to it that it is one. */
export function stringIn(value: GoValue): ByteString {
  return typeof value === 'string' ? value : '';
}

/** What a parameter of a function takes; `interface {}` is every value, `value` also none. */
export type ParameterType = 'string' | 'interface {}' | 'value' | 'color.Color' | 'color.Attribute' | 'time.Time';

export class GoFunction {
  readonly name: string;
  readonly parameters: readonly ParameterType[];
  /** Of the further arguments, where it takes some. */
  readonly rest: ParameterType | undefined;
  readonly call: (given: readonly GoValue[]) => GoValue;

  constructor(
    name: string,
    parameters: readonly ParameterType[],
    rest: ParameterType | undefined,
    call: (given: readonly GoValue[]) => GoValue,
  ) {
    this.name = name;
    this.parameters = parameters;
    this.rest = rest;
    this.call = call;
  }
}
