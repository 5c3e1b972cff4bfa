/** What the flags that users of other programs bring along come to. */
import type { AnyFlag } from '../cli/flag.ts';
import type { Io } from '../cli/io.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import type { Settings } from '../cli/settings.ts';
import { terminalAsker, type Ask } from '../cli/terminal-prompt.ts';
import type { VerbInput } from '../cli/verb.ts';
import { UsageError } from '../errors.ts';
import type { LookOptions } from '../logs/options.ts';
import type { Color } from '../report/modes.ts';
import { familiarFlags, type CompatMode } from './logs-familiar-flags.ts';
import { containerFlags, formatFlags, podFlags, rangeFlags } from './logs-flags.ts';

/** What takes a line's message and its place, and prints them. */
export function outputOptions(
  settings: Settings,
  problem: VerbInput['problem'],
): Pick<LookOptions, 'output' | 'columns' | 'counting' | 'zerologFields' | 'timestamps'> {
  const { get } = settings;
  const { coloredOutput, skipColors, showColorIndex, columns } = familiarFlags;
  const given = (flag: AnyFlag): boolean => settings.source(flag) !== 'default';
  // What the settings file or the environment says for all runs gives way to what was typed for this one.
  const typed = (flag: AnyFlag): boolean => settings.source(flag) === 'flag';
  const counted =
    [skipColors, showColorIndex].find(given) ??
    (get(coloredOutput) !== 'false' && given(coloredOutput) ? coloredOutput : undefined);
  const implied = counted && (!given(formatFlags.output) || (typed(counted) && !typed(formatFlags.output)));
  const output = implied ? 'kubetail' : get(formatFlags.output);
  if (counted && typed(counted) && output !== 'kubetail') {
    problem(`--${counted.name} is about the colours of -o kubetail, not of -o ${output}`);
  }
  const instead = [formatFlags.output, formatFlags.template, formatFlags.templateFile].find(typed);
  if (typed(columns) && instead) problem(`give --columns or --${instead.name}, not both`);
  const timestamps = get(formatFlags.timestamps);
  // kubectl prints them as they come, and kubetail prints what kubectl does.
  const own = output === 'kubetail' || output === 'kubectl' ? 'server' : 'default';
  return {
    output,
    columns: instead ? [] : get(columns),
    counting: {
      coloured: get(coloredOutput) === 'pod' ? 'pod' : 'line',
      skip: get(skipColors),
      showIndex: get(showColorIndex),
    },
    zerologFields: {
      timestamp: get(familiarFlags.zerologTimestamp),
      level: get(familiarFlags.zerologLevel),
      message: get(familiarFlags.zerologMessage),
      error: get(familiarFlags.zerologError),
    },
    timestamps: timestamps === 'true' ? own : timestamps === 'false' ? 'off' : timestamps,
  };
}

/** kubectl shows the last ten lines where it was given a selector. */
export function tailOf({ get, source }: Settings, compat: CompatMode | undefined): number {
  const bySelector = get(podFlags.selector) !== undefined || get(podFlags.label).length > 0;
  return compat === 'kubectl' && bySelector && source(rangeFlags.tail) === 'default' ? 10 : get(rangeFlags.tail);
}

/** stern counts to nine, and traces requests from six on. */
export function verbosityOf({ get }: Settings): number {
  const sterns = get(familiarFlags.verbosity);
  return Math.max(get(conversationFlags.verbose), sterns >= 6 ? 2 : Math.min(sterns, 1));
}

export function colorOf({ get, source }: Settings): Color {
  const off = get(familiarFlags.coloredOutput) === 'false' && source(conversationFlags.color) === 'default';
  return off ? 'never' : get(conversationFlags.color);
}

/**
 * Who answers `--prompt`; undefined without it, for a terminal that is read from changes its mode.
 *
 * @throws UsageError where nobody can answer
 */
export function askerFor({ get }: Settings, io: Io): Ask | undefined {
  if (!get(familiarFlags.prompt)) return undefined;
  const ask = terminalAsker(io);
  if (ask) return ask;
  throw new UsageError(['--prompt (-p) asks on a terminal, and there is none; name what you want to see'], {
    code: 'usage.prompt',
    hint: 'the log of the run before is --previous, pods by name are --pod',
  });
}

/** kubectl's second word is a container. */
export function namesOf(
  { settings: { get }, operands }: VerbInput,
  compat: CompatMode | undefined,
): { readonly query: readonly string[]; readonly container: readonly string[] } {
  const container = compat === 'kubectl' && get(containerFlags.container) === undefined ? operands.slice(1, 2) : [];
  const pods = container.length > 0 ? operands.filter((_, at) => at !== 1) : operands;
  return { query: [...pods, ...get(podFlags.regex)], container };
}
