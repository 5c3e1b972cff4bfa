/** Reads the flags of logs for lines that do not come from the API's log. */
import type { AnyFlag } from '../cli/flag.ts';
import type { Settings } from '../cli/settings.ts';
import type { VerbInput } from '../cli/verb.ts';
import type { FileOptions } from '../logs/options.ts';
import type { SelectionOptions } from '../logs/selection/options.ts';
import { familiarFlags } from './logs-familiar-flags.ts';
import { fileFlags } from './logs-file-flags.ts';
import { containerFlags, formatFlags, podFlags, rangeFlags } from './logs-flags.ts';

/** What a file does not have: times, runs, two streams. */
const notOfFiles: readonly AnyFlag[] = [
  rangeFlags.since,
  rangeFlags.sinceTime,
  rangeFlags.after,
  rangeFlags.until,
  rangeFlags.before,
  rangeFlags.limitBytes,
  rangeFlags.previous,
  rangeFlags.crash,
  rangeFlags.stream,
  formatFlags.local,
  fileFlags.source,
  formatFlags.stdin,
  fileFlags.rotated,
];

/** What only the API knows, and what is done for its logs alone: passed over, it would show more than was asked for. */
const notOfThisMachine: readonly AnyFlag[] = [
  podFlags.selector,
  podFlags.label,
  podFlags.ignore,
  podFlags.fieldSelector,
  podFlags.excludePod,
  podFlags.ignoreNs,
  podFlags.node,
  podFlags.region,
  podFlags.zone,
  podFlags.os,
  podFlags.arch,
  podFlags.condition,
  podFlags.pod,
  podFlags.svc,
  podFlags.rc,
  podFlags.rs,
  podFlags.ds,
  podFlags.deploy,
  podFlags.sts,
  podFlags.job,
  podFlags.ing,
  containerFlags.excludeContainer,
  containerFlags.containerState,
  containerFlags.defaultContainer,
  containerFlags.initContainers,
  containerFlags.ephemeralContainers,
  rangeFlags.limitBytes,
  rangeFlags.crash,
  formatFlags.events,
  formatFlags.sort,
  formatFlags.outputDir,
  formatFlags.stats,
];

/** What lines from standard input do not have, and what is done for logs alone; which pods is passed over, as stern does. */
const notOfStdin: readonly AnyFlag[] = [
  rangeFlags.since,
  rangeFlags.sinceTime,
  rangeFlags.after,
  rangeFlags.until,
  rangeFlags.before,
  rangeFlags.tail,
  rangeFlags.head,
  rangeFlags.limitBytes,
  rangeFlags.previous,
  rangeFlags.crash,
  rangeFlags.stream,
  formatFlags.local,
  formatFlags.events,
  formatFlags.sort,
  formatFlags.outputDir,
  formatFlags.stats,
  formatFlags.dryRun,
  fileFlags.rotated,
];

/** What contradicts itself is told to `input.problem`. */
export function fileOptions({ settings, problem }: VerbInput): FileOptions {
  const file = settings.get(fileFlags.file);
  const rotated = settings.get(fileFlags.rotated);
  const given = (flag: AnyFlag): boolean => settings.source(flag) === 'flag';
  const refuse = (flags: readonly AnyFlag[], why: string): void => {
    const names = flags.filter(given).map(({ name }) => `--${name}`);
    if (names.length > 0) problem(`${why}: leave out ${names.join(', ')}`);
  };
  if (file === undefined && given(fileFlags.file)) problem('--file needs the path of a file, as the container sees it');
  if (file !== undefined) refuse(notOfFiles, '--file reads a file, not the log');
  if (isLocal(settings)) {
    refuse(notOfThisMachine, 'logs of this machine are picked by QUERY, -n and -c, and go to standard output');
  }
  if (settings.get(formatFlags.stdin)) {
    refuse(notOfStdin, 'standard input is read to its end, line by line, whatever its times');
  }
  if (rotated && (settings.get(rangeFlags.tail) >= 0 || settings.get(rangeFlags.limitBytes) > 0)) {
    problem('--rotated shows all that is left of a log: leave out --tail and --limit-bytes, or give --since or --head');
  }
  return { file, rotated, source: localSource(settings, problem) };
}

/** The logs are those of this machine. */
export function isLocal({ get }: Settings): boolean {
  return get(formatFlags.local) || ['file', 'cri'].includes(get(fileFlags.source));
}

function localSource({ get }: Settings, problem: (message: string) => void): FileOptions['source'] {
  const source = get(fileFlags.source);
  if (source === 'api' && get(formatFlags.local)) problem('--source api and --local are two ways: give one of them');
  if (source === 'cri' && get(formatFlags.root) !== undefined) {
    problem('--source cri asks the runtime of this machine, which knows nothing of --root');
  }
  return source === 'file' || source === 'cri' ? source : undefined;
}

/** Programs can be run only in what runs; of each pod in its default container, where none is named. */
export function fitForFiles(selection: SelectionOptions, { settings: { get } }: VerbInput): SelectionOptions {
  if (get(fileFlags.file) === undefined) return selection;
  const { container, containerNames, excludeContainers, containerStates } = selection;
  const named = container !== undefined || containerNames.length + excludeContainers.length > 0;
  return {
    ...selection,
    containerStates: containerStates.length === 0 ? ['running'] : containerStates,
    defaultContainerOnly: !named && !get(familiarFlags.allContainers),
  };
}
