/** Makes a template out of its source: Go's text/template with the functions of stern 1.34.0. */
import { bytesOf, type ByteString } from '../line.ts';
import { builtinFunctions } from './builtins.ts';
import { decodeText } from './bytes.ts';
import { specialFunctions } from './call.ts';
import { execute, type CompiledTemplates } from './execute.ts';
import { TemplateFailure } from './failure.ts';
import { colorFunctions, jsonFunctions, timeFunctions } from './functions.ts';
import { parseTemplate } from './parser.ts';
import { TemplateProblem } from './tokens.ts';
import type { GoFunction, LogFields } from './values.ts';
import { loadZone, localZone, utc, type Zone } from './zone.ts';

export type { TemplateColor } from './values.ts';

/** A line and its source. */
export type TemplateData = LogFields;

export interface Template {
  /** What becomes of a line, or why nothing does: then the message is Go's, and the next line may well go through. */
  readonly render: (data: TemplateData) => { readonly text: string } | { readonly failure: string };
  /**
   * The same on bytes: every string of the data and the text that comes out are of one character a byte, so that lines
   * that are no UTF-8 come out as they went in. The failure is text.
   */
  readonly renderBytes: (data: TemplateData) => { readonly text: ByteString } | { readonly failure: string };
}

export interface TemplateOptions {
  /** Whether the functions colour. */
  readonly color: boolean;
  /**
   * Zone of times that are given in seconds and of `Local`, as the database names it; unless given, this machine's. One
   * that does not exist counts as UTC.
   */
  readonly timeZone?: string | undefined;
}

/**
 * Reads a template.
 *
 * @returns the template, or what is wrong with it as Go says it: `template: log:1:2: function "foo" not defined`, with
 *   the line, and the bytes before it on that line
 */
export function compileTemplate(
  source: string,
  { color, timeZone }: TemplateOptions,
): { readonly value: Template } | { readonly problem: string } {
  const bytes = bytesOf(source);
  const functions = functionsFor(color, zoneOf(timeZone));
  try {
    const templates = parseTemplate(bytes, (name) => functions.has(name) || specialFunctions.has(name));
    return { value: templateOf({ source: bytes, functions, templates }) };
  } catch (error) {
    if (error instanceof TemplateProblem) return { problem: decodeText(error.message) };
    if (error instanceof RangeError) return { problem: 'template: log: max expression depth exceeded' };
    throw error;
  }
}

function zoneOf(name: string | undefined): Zone {
  if (name === undefined) return localZone();
  const zone = loadZone(name, localZone());
  return 'problem' in zone ? utc : zone.value;
}

function functionsFor(color: boolean, local: Zone): ReadonlyMap<string, GoFunction> {
  const all = [...builtinFunctions(), ...jsonFunctions(), ...timeFunctions(local), ...colorFunctions(color)];
  return new Map(all.map((one) => [one.name, one]));
}

function templateOf(compiled: CompiledTemplates): Template {
  const renderBytes: Template['renderBytes'] = (data) => {
    try {
      return { text: execute(compiled, data) };
    } catch (error) {
      if (error instanceof TemplateFailure) return { failure: decodeText(error.message) };
      // A template that calls itself without end, or JSON that is nested thousands of times.
      if (error instanceof RangeError) return { failure: 'template: log: exceeded maximum template depth' };
      throw error;
    }
  };
  return {
    renderBytes,
    render(data) {
      const rendered = renderBytes(inBytes(data));
      return 'text' in rendered ? { text: decodeText(rendered.text) } : rendered;
    },
  };
}

/** The labels of a source are the same for all of its lines. */
const recordsInBytes = new WeakMap<Readonly<Record<string, string>>, Readonly<Record<string, string>>>();

function recordInBytes(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const known = recordsInBytes.get(record);
  if (known) return known;
  const entries = Object.entries(record).map(([key, value]) => [bytesOf(key), bytesOf(value)] as const);
  const inBytes = Object.fromEntries(entries);
  recordsInBytes.set(record, inBytes);
  return inBytes;
}

/** Text data in bytes; what a colour puts around a text does not depend on it. */
function inBytes(data: TemplateData): TemplateData {
  return {
    Message: bytesOf(data.Message),
    Timestamp: bytesOf(data.Timestamp),
    NodeName: bytesOf(data.NodeName),
    Namespace: bytesOf(data.Namespace),
    PodName: bytesOf(data.PodName),
    ContainerName: bytesOf(data.ContainerName),
    Labels: recordInBytes(data.Labels),
    Annotations: recordInBytes(data.Annotations),
    PodColor: data.PodColor,
    ContainerColor: data.ContainerColor,
  };
}
