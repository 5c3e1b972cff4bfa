/** Flags of logs that users of stern, kail, kubetail and kubectl bring along. */
import { shells, type Shell } from '../cli/completion/scripts.ts';
import { parseDuration } from '../cli/duration.ts';
import { booleanFlag, choiceFlag, oneOf, quoted, textFlag, valueFlag, type Flag, type Parsed } from '../cli/flag.ts';
import { integerFlag } from '../cli/integer.ts';
import { columnNames, type ColumnName } from '../logs/options.ts';

/** Programs whose defaults and letters logs can take. */
export const compatModes = ['stern', 'kail', 'kubetail', 'kubectl'] as const;

export type CompatMode = (typeof compatModes)[number];

/** `-f false`, as kubetail has it. */
export const truthWords = ['true', 'false'];

const zerologField = (part: string, fallback = part): Flag<string> =>
  valueFlag(
    { name: `zerolog-${part}-field`, about: `With -o zerolog: the field of the ${part}` },
    {
      valueName: 'name',
      fallback,
      fallbackText: fallback,
      parse: (text) => ({ value: text === '' ? fallback : text }),
    },
  );

export const familiarFlags = {
  compat: valueFlag<CompatMode | undefined>(
    { name: 'compat', about: 'Defaults and letters of this program; see below' },
    {
      valueName: compatModes.join('|'),
      fallback: undefined,
      parse: oneOf(compatModes),
    },
  ),
  prompt: booleanFlag({ name: 'prompt', short: 'p', about: 'Choose on the terminal among what matches' }),
  columns: valueFlag<readonly ColumnName[]>(
    {
      name: 'columns',
      about: `Instead of -o, before each message: any of ${columnNames.join(', ')}`,
      completes: columnNames,
    },
    { valueName: 'names', fallback: [], parse: parseColumns },
  ),
  cluster: textFlag(
    { name: 'cluster', short: 'r', about: 'The cluster of the kubeconfig', completes: 'clusters' },
    'name',
  ),
  coloredOutput: choiceFlag(
    {
      name: 'colored-output',
      short: 'k',
      about: "kubetail's colours, on the name or the whole line; implies -o kubetail",
    },
    ['pod', 'line', 'false'],
    'line',
  ),
  skipColors: valueFlag<readonly number[]>(
    {
      name: 'skip-colors',
      short: 'z',
      about: 'Of the 256 colours of the terminal leave out these; implies -o kubetail',
    },
    { valueName: 'numbers', fallback: [7, 8], fallbackText: '7,8', parse: parseColors },
  ),
  showColorIndex: booleanFlag({
    name: 'show-color-index',
    about: "Show the number of a pod's colour; implies -o kubetail",
    nextWords: truthWords,
  }),
  lineBuffered: booleanFlag(
    {
      name: 'line-buffered',
      short: 'b',
      about: "Taken as kubetail's, without effect: lines are never cut",
      nextWords: truthWords,
    },
    true,
  ),
  zerologTimestamp: zerologField('timestamp', 'time'),
  zerologLevel: zerologField('level'),
  zerologMessage: zerologField('message'),
  zerologError: zerologField('error'),
  allContainers: booleanFlag({ name: 'all-containers', about: 'All containers; the default but for --compat kubectl' }),
  allPods: booleanFlag({
    name: 'all-pods',
    about: 'All pods of a workload, as always here; says before each line whose',
  }),
  ignoreErrors: booleanFlag({ name: 'ignore-errors', about: 'End with 0 even if a log could not be read' }),
  podRunningTimeout: valueFlag<number | undefined>(
    {
      name: 'pod-running-timeout',
      about: "Taken as kubectl's, without effect: while following, pods are waited for",
    },
    { valueName: 'duration', fallback: undefined, parse: parseDuration },
  ),
  verbosity: integerFlag(
    { name: 'verbosity', about: "stern's: 1 says more, 6 also traces requests, as -vv" },
    { fallback: 0, min: 0 },
  ),
  completion: valueFlag<Shell | undefined>(
    { name: 'completion', about: "stern's: the same as kmaint completion" },
    {
      valueName: shells.join('|'),
      fallback: undefined,
      parse: oneOf(shells),
    },
  ),
  showHiddenOptions: {
    ...booleanFlag({ name: 'show-hidden-options', about: 'The same as --help: no option is hidden here' }),
    showsHelp: true,
  },
} as const;

function parseColors(text: string): Parsed<readonly number[]> {
  const parts = text.split(',').map((part) => part.trim());
  const numbers = parts.filter((part) => part !== '').map(Number);
  return numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 255)
    ? { value: numbers }
    : { problem: `${quoted(text)} is no list of colours; write numbers up to 255, such as 2,8,10` };
}

function parseColumns(text: string): Parsed<readonly ColumnName[]> {
  const given = text.split(',').map((part) => part.trim());
  const value: ColumnName[] = [];
  for (const word of given.filter((part) => part !== '')) {
    const name = columnNames.find((one) => one === word);
    if (name === undefined) return { problem: unknownColumn(word) };
    value.push(name);
  }
  return { value };
}

function unknownColumn(word: string): string {
  return `${quoted(word)} is no column; the columns are ${columnNames.join(', ')}`;
}
