/** Makes the format of lines from what the user asked for. */
import type { ByteString, Format, LineFormat } from '../line.ts';
import { columnsOutput } from './columns.ts';
import { defaultCounting } from './counting-colors.ts';
import { compileHighlight, type Highlight } from './highlight.ts';
import { kailJsonOutput } from './kail-json.ts';
import { lookOf, type Look } from './look.ts';
import { neutraliseJson, neutraliser, type ControlChars } from './neutralise.ts';
import type { FormatDeps, FormatOptions } from './options.ts';
import type { Output, Render } from './output.ts';
import { kailOutput, kubectlOutput, kubetailOutput, rawOutput, sternOutput } from './prefixes.ts';
import { extJsonOutput, jsonOutput } from './stern-json.ts';
import { templateOutput } from './templated.ts';
import { formatterOf, stampsIn, type Stamp } from './timestamp.ts';
import { defaultZerologFields, zerologOutput } from './zerolog.ts';

/** All problems of the options at once; the bytes of stern's outputs are those of stern 1.34.0. */
export function compileFormat(
  options: FormatOptions,
  deps: FormatDeps,
): { readonly value: Format } | { readonly problems: readonly string[] } {
  const look = lookOf(options);
  // A column of their own is enough.
  const before = options.columns?.includes('timestamp') ? 'off' : options.timestamps;
  const stamps = formatterOf(before, options.timeZone);
  const highlight = compileHighlight(options.highlight, deps.compileRegexp);
  const output = outputOf(options, look, deps);
  const problems = [stamps, highlight, output].flatMap((part) =>
    'problem' in part ? [part.problem] : 'problems' in part ? part.problems : [],
  );
  if ('problem' in stamps || 'problems' in highlight || 'problem' in output) {
    // An unknown zone is a problem of the timestamps and of outputs that show times.
    return { problems: [...new Set(problems)] };
  }
  const cleaning = cleaningOf(options.controlChars, output.value.harmless);
  return {
    value: assemble(output.value, {
      ...cleaning,
      stamps: stamps.value,
      highlight: look.coloured ? highlight.value : undefined,
    }),
  };
}

function outputOf(
  options: FormatOptions,
  look: Look,
  deps: FormatDeps,
): { readonly value: Output } | { readonly problem: string } {
  const { template, timeZone, prefix } = options;
  if (template !== undefined && template !== '') {
    const compiled = deps.compileTemplate(template, { color: look.coloured });
    if ('problem' in compiled) return compiled;
    return { value: templateOutput(compiled.value, look, deps.onFailure) };
  }
  if (options.columns !== undefined && options.columns.length > 0) {
    const clock = stampsIn(options.timestamps === 'off' ? 'default' : options.timestamps, timeZone);
    return 'problem' in clock ? clock : { value: columnsOutput(look, options.columns, clock.value) };
  }
  if (options.output === 'zerolog') {
    const clock = stampsIn('default', timeZone);
    if ('problem' in clock) return clock;
    const fields = options.zerologFields ?? defaultZerologFields;
    return { value: zerologOutput(look, fields, clock.value, prefix === 'full') };
  }
  return { value: namedOutput(options.output, options, look) };
}

function namedOutput(name: Exclude<FormatOptions['output'], 'zerolog'>, options: FormatOptions, look: Look): Output {
  const { allNamespaces, counting = defaultCounting } = options;
  const bare = options.prefix === 'none';
  switch (name) {
    case 'default':
      return bare ? rawOutput : sternOutput(look);
    case 'raw':
      return rawOutput;
    case 'json':
      return jsonOutput(look);
    case 'extjson':
      return extJsonOutput(look, allNamespaces, false);
    case 'ppextjson':
      return extJsonOutput(look, allNamespaces, true);
    case 'kail':
      return bare ? rawOutput : kailOutput(look);
    case 'kail-json':
      return kailJsonOutput(look, false);
    case 'json-pretty':
      return kailJsonOutput(look, true);
    case 'kubetail':
      return bare ? rawOutput : kubetailOutput(look, counting);
    case 'kubectl':
      return bare ? rawOutput : kubectlOutput(look);
  }
}

type Change = (bytes: ByteString) => ByteString;

interface Cleaning {
  /** Done to the message. */
  readonly before: Change | undefined;
  /** Done to what is printed. */
  readonly after: Change | undefined;
}

function cleaningOf(mode: ControlChars, harmless: Output['harmless']): Cleaning {
  const clean = neutraliser(mode);
  if (!clean) return { before: undefined, after: undefined };
  if (harmless === 'json') return { before: undefined, after: neutraliseJson };
  return harmless === 'message' ? { before: clean, after: undefined } : { before: undefined, after: clean };
}

interface Finish extends Cleaning {
  /** One for each source. */
  readonly stamps: (() => Stamp) | undefined;
  readonly highlight: Highlight | undefined;
}

function assemble(output: Output, finish: Finish): Format {
  const { stamps, before, highlight } = finish;
  const whole = !stamps && !before && !highlight;
  return {
    forSource: (source) => lineFormat(output.renderFor(source), stamps?.(), finish),
    prefixFor: whole ? output.prefixFor : undefined,
  };
}

function lineFormat(render: Render, stamp: Stamp | undefined, { before, after, highlight }: Finish): LineFormat {
  if (!stamp && !before && !after && !highlight) return (line) => render(line.message, line);
  return (line) => {
    let content = before ? before(line.message) : line.message;
    const time = stamp?.(line.timestamp);
    // stern says so, and does not highlight such a line.
    const undated = stamp !== undefined && time === undefined;
    if (undated) content = `[missing timestamp] ${line.timestamp === '' ? '' : `${line.timestamp} `}${content}`;
    else if (stamp) content = `${time} ${content}`;
    let printed = render(content, line);
    if (printed === undefined) return undefined;
    if (after) printed = after(printed);
    return highlight && !undated ? highlight(printed) : printed;
  };
}
