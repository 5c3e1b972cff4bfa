/** How logs speaks as stern, kail, kubetail or kubectl: their letters, their defaults, their variables. */
import type { AnyFlag, Flag } from '../cli/flag.ts';
import type { Manner, Manners } from '../cli/verb.ts';
import type { OutputFormat } from '../logs/options.ts';
import { familiarFlags, truthWords, type CompatMode } from './logs-familiar-flags.ts';
import { containerFlags, formatFlags, lineFlags, logsFlags, podFlags, rangeFlags } from './logs-flags.ts';

type Change<T> = Partial<Omit<Flag<T>, 'name' | 'secret'>>;

function changed<T>(flag: Flag<T>, change: Change<T>): AnyFlag {
  return { ...flag, ...change };
}

const on = { fallback: true, fallbackText: 'true' } as const;
const off = { fallback: false, fallbackText: 'false' } as const;

/** kail and kubectl say nothing of the pods that they begin and leave. */
const onlyLines = changed(formatFlags.onlyLogLines, on);

/** Where stern's `-c` is a pattern, the others take names. */
const exactContainers = changed(containerFlags.container, {
  about: 'Containers of exactly these names; may be repeated',
  valueName: 'name',
  repeatable: true,
  parse: (texts) => {
    const names = texts.flatMap((text) => text.split(',')).filter((name) => name !== '');
    const escaped = names.map((name) => name.replaceAll(/[^\w-]/g, String.raw`\$&`));
    return { value: escaped.length === 0 ? undefined : `^(?:${escaped.join('|')})$` };
  },
});

/** `-o json` is another format in each program. */
function outputs(fallback: OutputFormat, names: Partial<Record<OutputFormat, OutputFormat>>): AnyFlag {
  return changed(formatFlags.output, {
    fallback,
    fallbackText: fallback,
    parse: (texts) => {
      const parsed = formatFlags.output.parse(texts);
      return 'problem' in parsed ? parsed : { value: names[parsed.value] ?? parsed.value };
    },
  });
}

/** Flags that are also read from `KAIL_NS` and the like. */
const kailsOwn = (
  'ignore label pod ns ignore-ns svc rc rs ds deploy sts job node ing context current-ns containers regex dry-run ' +
  'since output zerolog-timestamp-field zerolog-level-field zerolog-message-field zerolog-error-field'
).split(' ');

/** The same for `KUBETAIL_NAMESPACE`. */
const kubetailsOwn =
  'namespace follow prefix previous since tail timestamps line-buffered colored-output skip-colors show-color-index'.split(
    ' ',
  );

const changes: Readonly<Record<CompatMode, readonly AnyFlag[]>> = {
  // Its defaults and letters are those of logs.
  stern: [],
  kail: [
    changed(podFlags.label, { short: 'l' }),
    changed(podFlags.pod, { short: 'p' }),
    changed(podFlags.deploy, { short: 'd' }),
    changed(podFlags.job, { short: 'j' }),
    changed(containerFlags.containers, { short: 'c' }),
    changed(podFlags.ignore, { fallback: ['kail.ignore=true'], fallbackText: 'kail.ignore=true' }),
    changed(podFlags.ignoreNs, { fallback: ['kube-system'], fallbackText: 'kube-system' }),
    changed(rangeFlags.since, { fallback: 1000, fallbackText: '1s' }),
    onlyLines,
    outputs('kail', { default: 'kail', json: 'kail-json' }),
  ],
  kubetail: [
    changed(podFlags.match, {
      short: 'e',
      fallback: 'substring',
      fallbackText: 'substring',
      bare: 'regex',
      nextWords: ['regex', 'substring'],
    }),
    changed(podFlags.context, { short: 't' }),
    exactContainers,
    changed(rangeFlags.previous, { short: 'p', nextWords: truthWords }),
    changed(rangeFlags.since, { fallback: 10_000, fallbackText: '10s' }),
    changed(formatFlags.dryRun, { short: 'd', nextWords: truthWords }),
    changed(familiarFlags.showColorIndex, { short: 'i' }),
    outputs('kubetail', { default: 'kubetail' }),
  ],
  kubectl: [
    changed(podFlags.match, { fallback: 'exact', fallbackText: 'exact' }),
    exactContainers,
    changed(containerFlags.defaultContainer, on),
    changed(rangeFlags.previous, { short: 'p' }),
    changed(rangeFlags.follow, off),
    // 0: all there is.
    changed(rangeFlags.since, { fallback: 0, fallbackText: '0s' }),
    changed(formatFlags.prefix, off),
    onlyLines,
    outputs('kubectl', { default: 'kubectl' }),
  ],
};

const variablesOf: Readonly<Record<CompatMode, readonly string[]>> = {
  stern: [],
  kail: kailsOwn,
  kubetail: kubetailsOwn,
  kubectl: [],
};

/** Told by `--compat`, or by the name of a link to kmaint. */
export const logsManners: Manners = {
  flag: familiarFlags.compat,
  programs: ['stern', 'kail', 'kubetail'],
  of(name) {
    const mode = compatModeOf(name);
    return mode === undefined ? undefined : mannerOf(mode);
  },
};

/** Undefined for the manner of none of them. */
export function compatModeOf(name: string | undefined): CompatMode | undefined {
  return (Object.keys(changes) as CompatMode[]).find((mode) => mode === name);
}

/** The letters that a program has of its own are taken from the flags that have them otherwise. */
function mannerOf(mode: CompatMode): Manner {
  const own = new Map(changes[mode].map((flag) => [flag.name, flag]));
  const letters = new Map<string, string>();
  for (const { short, name } of own.values()) {
    if (short !== undefined && logsFlags.find((flag) => flag.name === name)?.short !== short) letters.set(short, name);
  }
  const flags = logsFlags.map((flag) => {
    const now = own.get(flag.name) ?? flag;
    const owner = now.short === undefined ? undefined : letters.get(now.short);
    if (owner === undefined || owner === now.name) return now;
    const { short: _, ...rest } = now;
    return rest;
  });
  const variable = (name: string): string => `${mode}_${name}`.toUpperCase().replaceAll('-', '_');
  return { flags, variables: new Map(variablesOf[mode].map((name) => [name, variable(name)])) };
}

/** Flags of others that would be misread, and what to use instead. */
export const otherToolsFlags: Readonly<Record<string, string>> = {
  j: "is jq in kubetail (use --fields, --where or --template) and --job in kail; jq's language is not spoken here",
  jq: 'is not spoken here: use --fields, --where or --template, or pipe -o raw into jq',
  'previous-container': 'is called --previous',
  'skip-color': 'is called --skip-colors',
  'log-level': "is of kail's own log; -v says more, -q less",
  'log-file': "is of kail's own log; what is not a line goes to stderr: 2>FILE",
  grep: 'is called --include',
  raw: 'is -o raw',
  all: 'is --tail=-1, the default',
  'kube-context': 'is called --context',
  unit: 'is of node-logs, which reads the journals of nodes: node-logs NODE --unit=kubelet',
  'hide-header': 'is not needed: there is no header',
};

/** What a value shows to be another program's habit, one sentence each. */
export function misreadHabits(mode: CompatMode | undefined, get: <T>(flag: Flag<T>) => T): readonly string[] {
  const modes = (texts: readonly string[]): boolean => texts.some((text) => text === 'regex' || text === 'substring');
  const problems: string[] = [];
  if (mode !== 'kubetail' && modes(get(lineFlags.exclude))) {
    problems.push("-e is --exclude here, as in stern; kubetail's -e regex is --match=regex");
  }
  if (modes(get(podFlags.regex))) {
    problems.push("--regex takes the expression itself, as kail's; kubetail's --regex regex is --match=regex");
  }
  return problems;
}
