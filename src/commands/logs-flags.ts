/** The flags of logs: stern's names and letters, with what kail, kubetail and kubectl have beside them. */
import { parseDuration } from '../cli/duration.ts';
import {
  booleanFlag,
  choiceFlag,
  joinedFlag,
  listFlag,
  parseBoolean,
  oneOf,
  textFlag,
  textsFlag,
  valueFlag,
  type AnyFlag,
  type Flag,
  type Parsed,
} from '../cli/flag.ts';
import type { ObjectNames } from '../cli/completion/completes.ts';
import { integerFlag } from '../cli/integer.ts';
import { outputFormats, type OutputFormat } from '../logs/options.ts';
import { endingFlags } from './logs-ending-flags.ts';
import { familiarFlags, truthWords } from './logs-familiar-flags.ts';
import { fileFlags } from './logs-file-flags.ts';
import { momentFlags } from './logs-moment.ts';

const kindFlag = (name: string, completes: ObjectNames, about: string): Flag<readonly string[]> =>
  listFlag({ name, about, completes }, 'name');

/** Which pods. */
export const podFlags = {
  namespace: joinedFlag(
    { name: 'namespace', short: 'n', about: 'Namespaces; may be repeated', completes: 'namespaces' },
    'name',
  ),
  ns: listFlag({ name: 'ns', about: 'The same as --namespace', completes: 'namespaces' }, 'name'),
  allNamespaces: booleanFlag({ name: 'all-namespaces', short: 'A', about: 'Pods of all namespaces' }),
  currentNs: booleanFlag({ name: 'current-ns', about: "The context's namespace, whatever else is the default" }),
  ignoreNs: listFlag({ name: 'ignore-ns', about: 'Namespaces to leave out', completes: 'namespaces' }, 'name'),
  context: joinedFlag(
    { name: 'context', about: 'Contexts of the kubeconfig; may be repeated', completes: 'contexts' },
    'name',
  ),
  match: choiceFlag(
    { name: 'match', about: 'How the query names pods' },
    ['regex', 'substring', 'exact', 'glob'],
    'regex',
  ),
  regex: textsFlag({ name: 'regex', about: 'The same as QUERY; may be repeated' }, 'regex'),
  selector: textFlag({ name: 'selector', short: 'l', about: 'Pods with these labels' }, 'selector'),
  label: textsFlag({ name: 'label', about: 'Pods with these labels; may be repeated, all must hold' }, 'selector'),
  ignore: textsFlag({ name: 'ignore', about: 'Leave out pods with these labels' }, 'selector'),
  fieldSelector: textFlag({ name: 'field-selector', about: 'Pods with these fields' }, 'selector'),
  excludePod: textsFlag({ name: 'exclude-pod', about: 'Leave out pods whose name matches; may be repeated' }, 'regex'),
  node: listFlag({ name: 'node', about: 'Pods on these nodes', completes: 'nodes' }, 'name'),
  region: listFlag({ name: 'region', about: 'Pods on nodes of these regions' }, 'name'),
  zone: listFlag({ name: 'zone', about: 'Pods on nodes of these zones' }, 'name'),
  os: listFlag({ name: 'os', about: 'Pods on nodes with these operating systems' }, 'name'),
  arch: listFlag({ name: 'arch', about: 'Pods on nodes of these architectures' }, 'name'),
  ownerFilter: booleanFlag(
    { name: 'owner-filter', about: 'Of KIND/NAME only its own pods; =false: all with its labels, as stern' },
    true,
  ),
  condition: textFlag(
    { name: 'condition', about: 'Pods with this condition; needs --tail=0 or --no-follow' },
    'name=value',
  ),
  pod: kindFlag('pod', 'pods', 'Pods of these names'),
  svc: kindFlag('svc', 'services', 'Pods of these Services'),
  rc: kindFlag('rc', 'replicationcontrollers', 'Pods of these ReplicationControllers'),
  rs: kindFlag('rs', 'replicasets', 'Pods of these ReplicaSets'),
  ds: kindFlag('ds', 'daemonsets', 'Pods of these DaemonSets'),
  deploy: kindFlag('deploy', 'deployments', 'Pods of these Deployments'),
  sts: kindFlag('sts', 'statefulsets', 'Pods of these StatefulSets'),
  job: kindFlag('job', 'jobs', 'Pods of these Jobs'),
  ing: kindFlag('ing', 'ingresses', 'Pods behind the Services of these Ingresses'),
} as const;

/** Which of their containers. */
export const containerFlags = {
  container: textFlag({ name: 'container', short: 'c', about: 'Containers whose name matches' }, 'regex'),
  containers: listFlag({ name: 'containers', about: 'Containers of exactly these names' }, 'name'),
  excludeContainer: textsFlag(
    { name: 'exclude-container', short: 'E', about: 'Leave out containers whose name matches; may be repeated' },
    'regex',
  ),
  containerState: listFlag(
    {
      name: 'container-state',
      about: 'When first seen: running, waiting, terminated or all (default all)',
      completes: ['running', 'waiting', 'terminated', 'all'],
    },
    'state',
  ),
  defaultContainer: booleanFlag({
    name: 'default-container',
    about: 'Of each pod only its default container, as kubectl',
  }),
  initContainers: booleanFlag({ name: 'init-containers', about: 'Init containers too' }, true),
  ephemeralContainers: booleanFlag({ name: 'ephemeral-containers', about: 'Ephemeral containers too' }, true),
} as const;

/** From when to when, and how long. */
export const rangeFlags = {
  follow: booleanFlag(
    { name: 'follow', short: 'f', about: 'Go on with what is written next', nextWords: truthWords },
    true,
  ),
  noFollow: booleanFlag({ name: 'no-follow', about: 'End when all is shown' }),
  ...momentFlags,
  tail: integerFlag(
    { name: 'tail', about: 'The last so many lines of each container; -1: all' },
    { fallback: -1, min: -1 },
  ),
  head: integerFlag(
    { name: 'head', about: 'The first so many lines of each container; 0: all' },
    { fallback: 0, min: 0 },
  ),
  limitBytes: integerFlag(
    { name: 'limit-bytes', about: 'At most so many bytes of each container; 0: all' },
    { fallback: 0, min: 0 },
  ),
  previous: booleanFlag({ name: 'previous', about: 'The run before the one in hand' }),
  crash: valueFlag<number | undefined>(
    { name: 'crash', about: 'Of containers that ran before: also the last lines of that run' },
    {
      valueName: 'lines',
      fallback: undefined,
      bare: '10',
      parse: (text) =>
        /^\d{1,6}$/.test(text) ? { value: Number(text) } : { problem: `${text} is not a number of lines` },
    },
  ),
  stream: choiceFlag(
    { name: 'stream', about: 'Only what was written to this; the server needs its gate PodLogsQuerySplitStreams' },
    ['all', 'stdout', 'stderr'],
    'all',
  ),
  maxLogRequests: integerFlag(
    { name: 'max-log-requests', about: 'Logs read at once; -1: 50, or 5 with --no-follow. Others wait for their turn' },
    { fallback: -1, min: -1 },
  ),
  insecureBackend: booleanFlag({
    name: 'insecure-skip-tls-verify-backend',
    about: 'Read from kubelets whose certificate is not trusted too',
  }),
  qps: textFlag({ name: 'qps', about: "Taken as stern's, without effect: nothing is throttled here" }, 'float'),
  burst: textFlag({ name: 'burst', about: 'The same' }, 'int'),
  stallCheck: valueFlag<number>(
    { name: 'stall-check', about: 'Ask after a running container that was silent for so long; 0s: never' },
    { valueName: 'duration', fallback: 30_000, fallbackText: '30s', parse: parseDuration },
  ),
  maxLineBytes: integerFlag(
    { name: 'max-line-bytes', about: 'Cut longer lines' },
    // A line is printed from a string, and V8's longest has twice as many characters.
    { fallback: 1_048_576, min: 1024, max: 268_435_456 },
  ),
} as const;

/** Which lines. */
export const lineFlags = {
  include: textsFlag({ name: 'include', short: 'i', about: 'Lines that match; may be repeated' }, 'regex'),
  exclude: textsFlag({ name: 'exclude', short: 'e', about: 'Leave out lines that match; may be repeated' }, 'regex'),
  highlight: textsFlag({ name: 'highlight', short: 'H', about: 'Highlight what matches; may be repeated' }, 'regex'),
  before: integerFlag(
    { name: 'before-context', about: 'Lines before each one kept' },
    { fallback: 0, min: 0, max: 10_000 },
  ),
  after: integerFlag(
    { name: 'after-context', about: 'Lines after each one kept' },
    { fallback: 0, min: 0, max: 10_000 },
  ),
  around: integerFlag(
    { name: 'context-lines', about: 'Lines around each one kept' },
    { fallback: 0, min: 0, max: 10_000 },
  ),
  where: textFlag(
    { name: 'where', about: "Lines whose fields say so: 'level>=warn and req.status>=500'" },
    'expression',
  ),
  level: textFlag({ name: 'level', about: 'Lines of at least this level, or of these: warn, error,fatal' }, 'level'),
  withoutFields: choiceFlag(
    { name: 'without-fields', about: 'With --where and --level: what becomes of lines that have no fields' },
    ['keep', 'drop'],
    'drop',
  ),
  fields: listFlag({ name: 'fields', about: 'Of JSON and logfmt lines show only these' }, 'name'),
} as const;

/** How they look. */
export const formatFlags = {
  output: valueFlag<OutputFormat>(
    { name: 'output', short: 'o', about: 'How lines are printed: one of the formats below', completes: outputFormats },
    {
      valueName: 'format',
      fallback: 'default',
      fallbackText: 'default',
      parse: (text) => {
        // The words of the other verbs, which a settings file gives to all of them.
        const own = text === 'text' ? 'default' : text === 'ndjson' ? 'json' : text;
        return oneOf(outputFormats)(own);
      },
    },
  ),
  template: textFlag(
    { name: 'template', about: 'Go template of a line; no line feed is added; .Timestamp is its time, without -t too' },
    'template',
  ),
  templateFile: textFlag(
    { name: 'template-file', short: 'T', about: 'File with the template; wins over --template' },
    'file',
  ),
  timestamps: {
    ...choiceFlag(
      {
        name: 'timestamps',
        short: 't',
        about: 'Show when lines were written; server: as it says',
        nextWords: truthWords,
      },
      ['off', 'default', 'short', 'server', 'true', 'false'],
      'off',
      'true',
    ),
    valueName: 'off|default|short|server',
  },
  timezone: textFlag({ name: 'timezone', about: 'Zone of the timestamps, such as Asia/Tokyo (default Local)' }, 'zone'),
  prefix: booleanFlag(
    { name: 'prefix', short: 'P', about: 'Say before each line whose it is', nextWords: truthWords },
    true,
  ),
  diffContainer: booleanFlag({ name: 'diff-container', short: 'd', about: 'A colour for each container' }),
  podColors: textFlag({ name: 'pod-colors', about: 'Colours of pods: "91,92" or "38;2;255;97;136"' }, 'colors'),
  containerColors: textFlag({ name: 'container-colors', about: 'Colours of containers' }, 'colors'),
  controlChars: choiceFlag(
    { name: 'control-chars', about: 'Control characters other than colours: auto escapes them on a terminal' },
    ['auto', 'escape', 'strip', 'raw'],
    'auto',
  ),
  onlyLogLines: booleanFlag({ name: 'only-log-lines', about: 'Nothing on stderr but errors' }),
  events: booleanFlag({ name: 'events', about: 'Say after the last line how a container ended' }),
  sort: valueFlag<number | undefined>(
    {
      name: 'sort',
      about:
        'In the order of their timestamps; while following, lines wait so long for older ones (1s); with --no-follow all logs are read at once',
    },
    { valueName: 'window', fallback: undefined, bare: '1s', parse: parseWindow },
  ),
  outputDir: textFlag(
    { name: 'output-dir', about: 'Into one file a container there: NAMESPACE/POD/CONTAINER.log' },
    'folder',
  ),
  stats: booleanFlag({ name: 'stats', about: 'Say at the end how much was read, and which containers wrote most' }),
  local: booleanFlag({
    name: 'local',
    about: 'Logs of this machine, without the API server: QUERY is a pod, a container or its id',
  }),
  root: textFlag({ name: 'root', about: 'With --local: the folder that stands for /, such as /host' }, 'folder'),
  stdin: booleanFlag({ name: 'stdin', about: 'Lines from standard input, through the same filters and formats' }),
  dryRun: booleanFlag({ name: 'dry-run', about: 'List what would be followed' }),
} as const;

/** As a switch, too: so it may stand in a settings file. */
function parseWindow(text: string): Parsed<number | undefined> {
  const truth = parseBoolean(text);
  if ('value' in truth) return { value: truth.value ? 1000 : undefined };
  return parseDuration(text);
}

export const logsFlags: readonly AnyFlag[] = [
  podFlags,
  containerFlags,
  rangeFlags,
  lineFlags,
  formatFlags,
  fileFlags,
  endingFlags,
  familiarFlags,
].flatMap((group): readonly AnyFlag[] => Object.values(group));
