/** `kmaint node-logs`: the kubelet's log and those of other units of a node. */
import { openLogs } from '../cli/context.ts';
import { booleanFlag, choiceFlag, listFlag, quoted, textFlag, valueFlag } from '../cli/flag.ts';
import { connectionFlags, conversationFlags } from '../cli/global-flags.ts';
import { parseInteger } from '../cli/integer.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import { parseJournalTime } from '../logs/node/journal-time.ts';
import { nodeOutputs, type NodeLogsOptions, type NodeOutput } from '../logs/node/options.ts';

const mostUnits = 4;
/** What the kubelet takes. */
const mostTailLines = 100_000;

const flags = {
  unit: listFlag({ name: 'unit', short: 'u', about: 'Units, up to 4; may be repeated (default kubelet)' }, 'name'),
  file: textFlag({ name: 'file', about: 'A file below /var/log instead of units' }, 'path'),
  follow: booleanFlag({ name: 'follow', short: 'f', about: 'Go on with what is written next' }),
  since: textFlag({ name: 'since', about: 'From this moment on: today, -1h, 10m, "2026-11-21 10:00"' }, 'time'),
  until: textFlag({ name: 'until', about: 'Up to this moment' }, 'time'),
  tail: valueFlag<number | undefined>(
    { name: 'tail', short: 'n', about: 'The last so many lines; with -f alone 10' },
    {
      valueName: 'int',
      fallback: undefined,
      fallbackText: 'all',
      parse: (text) => {
        const parsed = text === 'all' ? { value: -1 } : parseInteger(text, -1);
        return 'value' in parsed && parsed.value === -1 ? { value: undefined } : parsed;
      },
    },
  ),
  grep: textFlag({ name: 'grep', short: 'g', about: "Entries that match (journalctl's, PCRE2)" }, 'regex'),
  boot: valueFlag<number | undefined>(
    { name: 'boot', short: 'b', about: 'Of the running boot, or with =-1 of the one before' },
    { valueName: 'int', fallback: undefined, bare: '0', parse: (text) => parseInteger(text, -100_000, 0) },
  ),
  output: choiceFlag<NodeOutput>(
    { name: 'output', short: 'o', about: 'How entries are printed; times are in UTC' },
    nodeOutputs,
    'short-precise',
  ),
  via: choiceFlag<NodeLogsOptions['via']>(
    { name: 'via', about: 'Through the API server, or by journalctl: here (local) or on the node (ssh)' },
    ['api', 'local', 'ssh'],
    'api',
  ),
  local: booleanFlag({ name: 'local', about: 'The same as --via local' }),
} as const;

export const nodeLogs: Verb = {
  name: 'node-logs',
  operands: 'NODE... | --local',
  summary: "Show the kubelet's log, or another unit's, of nodes",
  about: `Shows what the kubelet and other units of a node wrote, through the API server (NodeLogQuery), over ssh, or on the node
itself. It changes nothing. With several nodes, each line begins with the name of its node.`,
  examples: `kmaint node-logs k8s-node1                    # the kubelet's journal
kmaint node-logs k8s-node1 -f
kmaint node-logs k8s-node1 k8s-node2 -u kubelet -u containerd --since today --grep 'error|fail'
kmaint node-logs k8s-node1 --since '2026-11-21 10:00' --until -5min -o json
kmaint node-logs k8s-node1 --file syslog -n 100
kmaint node-logs k8s-node1 --via ssh --boot=-1
kmaint node-logs --local -f                   # on the node, also with the API server down`,
  notes: `Times are journalctl's: now, today, yesterday, 10:00, 2026-11-21, "2026-11-21 10:00:00", @SECONDS, -1h, "1h ago"; also
10m for -10m, and RFC 3339. Those without a zone are this machine's; with --via ssh the node's.
-o: short-precise (as journalctl prints it), short-iso-precise (with the year), cat (messages alone), json (one object a
line: timestamp, node, unit, message). -f with -o json, or with several nodes, needs --via api.

Through the API server it needs get on nodes/proxy, and enableSystemLogQuery in the kubelet's configuration; before
Kubernetes 1.36 also the feature gate NodeLogQuery. --file needs neither of the two, and takes only -f and -n.
--via ssh runs ssh NODE -- journalctl; users and addresses are those of ~/.ssh/config.

Exit codes: 0 all read, 1 a log could not be read, 2 usage, no such node or unit, 4 cluster, 128+n interrupted.`,
  flags: Object.values(flags),
  removedFlags: { 'no-follow': 'is not needed: it ends by itself without -f' },
  completes: () => 'nodes',
  prepare(input) {
    const { settings, programName } = input;
    const options = nodeLogsOptions(input);
    return async (run) => {
      const [{ runNodeLogs }, { programRunner }, { runForeground }] = await Promise.all([
        import('../logs/node/run.ts'),
        // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
        import('../process/run.ts'),
        // oxlint-disable-next-line no-restricted-imports -- the same
        import('../process/foreground.ts'),
      ]);
      const say = (text: string): void => void run.io.stderr.write(`${text}\n`);
      const listeners = {
        warn: (message: string): void => say(`warning: ${message}`),
        serverWarning: (message: string): void => say(`warning: ${message}`),
        trace: settings.get(conversationFlags.verbose) > 1 ? say : undefined,
      };
      return runNodeLogs(
        {
          io: run.io,
          clock: run.clock,
          signal: run.signal,
          programName,
          warnings: run.warnings,
          runProgram: programRunner(run.clock),
          runForeground,
          open: () => openLogs(run, listeners, settings.get(connectionFlags.context)),
        },
        options,
      );
    };
  },
};

/** Reads the flags; what contradicts itself is told to `input.problem`. */
export function nodeLogsOptions({ settings: { get, source }, operands, problem }: VerbInput): NodeLogsOptions {
  const via = get(flags.local) ? 'local' : get(flags.via);
  const given = get(flags.unit);
  const file = get(flags.file)?.replace(/^\/var\/log\/|^\//, '');
  const options: NodeLogsOptions = {
    nodes: [...new Set(operands)],
    via,
    units: file === undefined ? unitsOf(given, via, problem) : [],
    file,
    follow: get(flags.follow),
    since: get(flags.since),
    until: get(flags.until),
    tailLines: get(flags.tail),
    grep: get(flags.grep),
    boot: get(flags.boot),
    output: get(flags.output),
  };
  if (get(flags.local) && source(flags.via) === 'flag' && get(flags.via) !== 'local') {
    problem(`--local and --via ${get(flags.via)} are two ways; give one`);
  }
  if (source(flags.unit) === 'flag' && given.length === 0) {
    problem('--unit names no unit; give one such as containerd, or leave it out for the kubelet');
  }
  checkNodes(options, problem);
  checkTimes(options, problem);
  if (file !== undefined) checkFile(options, given, problem);
  checkRange(options, problem);
  return options;
}

type Problem = VerbInput['problem'];

/** Names that nothing takes for a flag or for a path. */
const nodeForm = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

function checkNodes({ nodes, via, follow, output }: NodeLogsOptions, problem: Problem): void {
  if (via === 'local' && nodes.length > 0) {
    problem(`--local reads the journal of this machine and takes no NODE: ${nodes.join(' ')}`);
  }
  if (via !== 'local' && nodes.length === 0) problem('name a node, or read the journal of this machine with --local');
  for (const node of nodes.filter((one) => !nodeForm.test(one))) problem(`${quoted(node)} is not the name of a node`);
  if (via !== 'api' && follow && (nodes.length > 1 || output === 'json')) {
    problem(`--via ${via} follows one journal at a time, and not as JSON; use --via api`);
  }
}

function unitsOf(given: readonly string[], via: string, problem: Problem): readonly string[] {
  const units = given.length === 0 ? ['kubelet'] : [...new Set(given.map((unit) => unit.replace(/\.service$/, '')))];
  if (units.length > mostUnits) problem(`--unit: ${units.length} units are too many; the kubelet takes ${mostUnits}`);
  const form = via === 'api' ? /^[\w@-]{1,256}$/ : /^[\w@.:\\*?-]{1,256}$/;
  for (const unit of units.filter((one) => !form.test(one))) {
    problem(`--unit: ${quoted(unit)} is not the name of a unit${via === 'api' ? ' that the kubelet takes' : ''}`);
  }
  return units;
}

function checkTimes({ since, until }: NodeLogsOptions, problem: Problem): void {
  for (const [flag, text] of [
    ['--since', since],
    ['--until', until],
  ] as const) {
    // Which moment it is, the run decides; here only whether it is one.
    const parsed = text === undefined ? undefined : parseJournalTime(text, 0);
    if (parsed && 'problem' in parsed) problem(`${flag}: ${parsed.problem}`);
  }
}

function checkFile(options: NodeLogsOptions, units: readonly string[], problem: Problem): void {
  const { file = '', since, until, grep, boot } = options;
  if (!/^[^/\0]+(?:\/[^/\0]+)*$/.test(file) || file.split('/').some((part) => part === '..' || part === '.')) {
    problem(`--file: ${quoted(file)} is not the path of a file below /var/log`);
  }
  const others = { unit: units.length > 0, since, until, grep, boot };
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && value !== false) problem(`--file takes only -f and -n: leave out --${name}`);
  }
}

function checkRange({ via, tailLines, follow }: NodeLogsOptions, problem: Problem): void {
  if (tailLines === 0 && !follow) problem('--tail 0 without -f would show nothing');
  if (via === 'api' && tailLines !== undefined && tailLines > mostTailLines) {
    problem(`--tail: ${tailLines} is too large; the kubelet shows up to ${mostTailLines}`);
  }
}
