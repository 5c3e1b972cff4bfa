/** From flags to printers: which lines are kept, and how they look. All that is wrong with them is told at once. */
import { compileFieldFilter } from './fields/field-filter.ts';
import { parseFields } from './fields/parse-fields.ts';
import { compileFields, type ShowFields } from './fields/show-fields.ts';
import { compileFormat } from './format/compile.ts';
import type { LookOptions as Look } from './format/look.ts';
import { compilePalette, stdinPalette, type Palette } from './format/palette.ts';
import { bytesOf, textOf, type Format, type LineTest, type LogSource } from './line.ts';
import type { LineOptions, LookOptions } from './options.ts';
import { printerFor, type Print } from './print.ts';
import { compileGoRegexp } from './regexp/go-regexp.ts';
import { compileLineFilter } from './regexp/line-filter.ts';
import { isLater } from './stream/stamp.ts';
import { compileTemplate } from './template/compile.ts';

export interface PipelineOptions {
  readonly lines: LineOptions;
  readonly look: LookOptions;
  /** RFC 3339 in UTC; later lines are dropped. */
  readonly until: string | undefined;
  /** The text of `--template-file`, if one was given. */
  readonly templateText: string | undefined;
  readonly color: boolean;
  /** What is printed goes to a terminal. */
  readonly terminal: boolean;
  readonly allNamespaces: boolean;
  readonly showNamespace: boolean;
  readonly showContext: boolean;
  readonly onFailure: (message: string) => void;
}

export interface Pipeline {
  printerFor(source: LogSource): Print;
  /** For what is said beside the lines. */
  readonly look: Look;
}

export function compilePipeline(
  options: PipelineOptions,
): { readonly value: Pipeline } | { readonly problems: readonly string[] } {
  const { lines, look, until } = options;
  const colors = paletteOf(options);
  const templateFlag = options.templateText === undefined ? '--template' : '--template-file';
  const place: Look = {
    colors: 'value' in colors ? colors.value : undefined,
    diffContainer: look.diffContainer,
    showNamespace: options.showNamespace,
    showContext: options.showContext,
  };
  const filter = compileLineFilter(lines);
  // What is wrong with patterns of --include the filter tells.
  const included = 'problems' in filter ? [] : lines.include;
  const format = compileFormat(
    {
      ...place,
      output: look.output,
      columns: look.columns,
      counting: look.counting,
      zerologFields: look.zerologFields,
      template: options.templateText ?? look.template,
      // A line from standard input has none.
      timestamps: look.stdin ? 'off' : look.timestamps,
      timeZone: look.timeZone,
      allNamespaces: options.allNamespaces,
      prefix: look.prefix ? 'full' : 'none',
      highlight: [...included, ...lines.highlight],
      controlChars: look.controlChars === 'auto' ? (options.terminal ? 'escape' : 'raw') : look.controlChars,
    },
    {
      compileTemplate: (source, how) => named(templateFlag, compileTemplate(source, how)),
      compileRegexp: (pattern) => named('--highlight', compileGoRegexp(pattern)),
      onFailure: options.onFailure,
    },
  );
  const fields = compileFieldFilter({
    where: lines.where === undefined ? [] : [lines.where],
    level: lines.level,
    withoutFields: lines.withoutFields,
  });
  const shown = lines.fields.length === 0 ? undefined : shownFields(lines.fields);
  const problems = [colors, format, filter, fields, shown].flatMap((part) =>
    part === undefined ? [] : 'problems' in part ? part.problems : 'problem' in part ? [part.problem] : [],
  );
  if (
    'problems' in format ||
    'problems' in filter ||
    'problems' in fields ||
    (shown && 'problems' in shown) ||
    problems.length > 0
  ) {
    return { problems };
  }
  const { keeps, filterBlock } = filter.value;
  const filtered = lines.include.length + lines.exclude.length > 0;
  // What the sieve let through needs no second look.
  const tests: LineTest[] = filtered && !filterBlock ? [keeps] : [];
  if (fields.value) tests.push(fields.value);
  if (until !== undefined) tests.push(({ timestamp }) => timestamp === '' || !isLater(timestamp, until));
  const around = lines.before + lines.after > 0;
  const timed = look.stdin ? withoutTimes(format.value) : format.value;
  const printed = {
    format: shown ? withFields(timed, shown.value) : timed,
    tests: around && filtered ? [keeps, ...tests.filter((test) => test !== keeps)] : tests,
    sieve: filtered ? filterBlock : undefined,
    context: around ? { before: lines.before, after: lines.after } : undefined,
  };
  return { value: { look: place, printerFor: (source) => printerFor(source, printed) } };
}

/** Says which flag a problem belongs to. */
function named<T extends object>(flag: string, compiled: T | { readonly problem: string }) {
  return 'problem' in compiled ? { problem: `${flag}: ${compiled.problem}` } : compiled;
}

function shownFields(names: readonly string[]): ReturnType<typeof compileFields> {
  const compiled = compileFields(names.join(','));
  if ('value' in compiled) return compiled;
  return { problems: compiled.problems.map((problem) => `--fields: ${problem}`) };
}

function paletteOf({
  color,
  look,
}: PipelineOptions): { readonly value: Palette | undefined } | { readonly problem: string } {
  const list = (text: string | undefined): readonly string[] => text?.split(',') ?? [];
  const palette = compilePalette(list(look.podColors), list(look.containerColors));
  if ('problem' in palette) return palette;
  if (!color) return { value: undefined };
  return { value: look.stdin ? stdinPalette : palette.value };
}

/** Lines of standard input stand behind a timestamp that is nobody's. */
function withoutTimes({ forSource, prefixFor }: Format): Format {
  return {
    prefixFor,
    forSource: (source) => {
      const print = forSource(source);
      return (line) => print({ ...line, timestamp: '' });
    },
  };
}

/** Only some fields of lines that have fields; all others are left whole. */
function withFields(format: Format, show: ShowFields): Format {
  return {
    prefixFor: undefined,
    forSource: (source) => {
      const print = format.forSource(source);
      return (line) => {
        const fields = parseFields(textOf(line));
        const text = fields && show(fields);
        if (text === undefined) return print(line);
        const message = bytesOf(text);
        return print({ timestamp: line.timestamp, message, ascii: message === text });
      };
    },
  };
}
