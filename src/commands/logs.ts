/** `kmaint logs`: one tail for many pods. */
import { openLogs, programs } from '../cli/context.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import { containerFlags, formatFlags, lineFlags, logsFlags, podFlags, rangeFlags } from './logs-flags.ts';
import type { LogsOptions } from '../logs/options.ts';
import type { ContainerState, SelectionOptions } from '../logs/selection/options.ts';

export const logs: Verb = {
  name: 'logs',
  operands: '[QUERY...]',
  summary: 'Follow the logs of many pods at once',
  about: `Shows what the containers of many pods write, each line once, and goes on through restarts of containers, new pods,
rotated files and lost connections. Without QUERY: the pods of the namespace.
It changes nothing. What the cluster no longer has it cannot show: a gap is said where lines are missing.`,
  examples: `kmaint logs web                          # pods whose name matches, in the context's namespace
kmaint logs deploy/web -n prod --tail 20
kmaint logs -l app=web -c nginx --since 10m -t
kmaint logs . -A --include 'error|panic' --max-log-requests 100
kmaint logs web --no-follow --sort > web.log
kmaint logs api --level warn --where 'req.status>=500'`,
  notes: `QUERY is a regular expression (Go's) on the names of pods, or KIND/NAME: pod, deploy, rs, sts, ds, job, cronjob, svc,
ing, hpa, rc, node. Commas separate alternatives. --match takes names otherwise: substring, exact, glob.
Formats of -o: default (POD CONTAINER MESSAGE), raw, json, extjson, ppextjson as stern's; kail, kail-json, json-pretty,
zerolog as kail's; kubetail; kubectl. --template takes Go templates with stern's functions.
Lines go to stdout; + and - on stderr say when a container is begun and left. stern's flags mean what they mean there.

Exit codes: 0 all read, 1 a log could not be read, 2 usage, 4 cluster, 128+n interrupted. A closed pipe is no failure.`,
  flags: logsFlags,
  removedFlags: {
    p: 'means another thing in each tool: --previous, or --pod NAME',
    'line-buffered': 'is not needed: lines are never cut',
    'previous-container': 'is called --previous',
  },
  prepare(input) {
    const { settings, programName } = input;
    const options = logsOptions(input);
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { runLogs } = await import('../logs/run.ts');
      const verbosity = settings.get(conversationFlags.verbose);
      const say = (text: string): void => void run.io.stderr.write(`${text}\n`);
      return runLogs(
        {
          io: run.io,
          clock: run.clock,
          signal: run.signal,
          programName,
          warnings: run.warnings,
          color: settings.get(conversationFlags.color),
          run: await programs(run.clock),
          open: (context) =>
            openLogs(
              run,
              {
                warn: (message) => say(`warning: ${message}`),
                serverWarning: (message) => say(`warning: ${message}`),
                trace: verbosity > 1 ? say : undefined,
              },
              context,
            ),
        },
        options,
      );
    };
  },
};

/** Reads the flags; what contradicts itself is told to `input.problem`. */
export function logsOptions(input: VerbInput): LogsOptions {
  const { settings, problem } = input;
  const { get } = settings;
  const follow = get(rangeFlags.follow) && !get(rangeFlags.noFollow) && !get(rangeFlags.previous);
  const tailLines = get(rangeFlags.tail);
  if (get(lineFlags.exclude).some((text) => text === 'regex' || text === 'substring')) {
    problem("-e is --exclude here, as in stern; kubetail's -e regex is --match=regex");
  }
  if (tailLines >= 0 && get(rangeFlags.stream) !== 'all') {
    problem('--tail does not go with --stream: the API has no tail of one of the two; use --since');
  }
  if (get(formatFlags.sort) && get(formatFlags.outputDir) !== undefined) {
    problem('--sort does not go with --output-dir: each log has a file of its own');
  }
  if (!follow && tailLines === 0) problem('--no-follow with --tail=0 would show nothing');
  const since = get(rangeFlags.since);
  const sinceTime = moment('since-time', get(rangeFlags.sinceTime), problem);
  if (since !== undefined && sinceTime !== undefined) problem('give --since or --since-time, not both');
  const streams = get(rangeFlags.maxLogRequests);
  if (streams === 0) problem('--max-log-requests is 0, and nothing could be read');
  const around = get(lineFlags.around);
  const timestamps = get(formatFlags.timestamps);
  return {
    contexts: get(podFlags.context)?.split(',') ?? [],
    selection: selectionOptions(input, { follow, tailLines: tailLines < 0 ? undefined : tailLines }),
    local: get(formatFlags.local),
    root: get(formatFlags.root) ?? '/',
    range: {
      follow,
      sinceSeconds:
        sinceTime === undefined && (since !== undefined || !get(rangeFlags.previous))
          ? secondsOf(since ?? defaultSinceMs)
          : undefined,
      sinceTime,
      until: moment('until', get(rangeFlags.until), problem),
      tailLines: tailLines < 0 ? undefined : tailLines,
      headLines: get(rangeFlags.head) || undefined,
      limitBytes: get(rangeFlags.limitBytes) || undefined,
      previous: get(rangeFlags.previous),
      crashLines: get(rangeFlags.crash),
      stream: ({ all: undefined, stdout: 'Stdout', stderr: 'Stderr' } as const)[get(rangeFlags.stream)],
      maxStreams: streams > 0 ? streams : follow ? 50 : 5,
      insecureBackend: get(rangeFlags.insecureBackend),
      stallCheckMs: get(rangeFlags.stallCheck),
      maxLineBytes: get(rangeFlags.maxLineBytes),
    },
    lines: {
      include: get(lineFlags.include),
      exclude: get(lineFlags.exclude),
      highlight: get(lineFlags.highlight),
      before: Math.max(around, get(lineFlags.before)),
      after: Math.max(around, get(lineFlags.after)),
      where: get(lineFlags.where),
      level: get(lineFlags.level),
      fields: get(lineFlags.fields),
    },
    format: {
      output: get(formatFlags.output),
      template: get(formatFlags.template),
      templateFile: get(formatFlags.templateFile),
      timestamps: timestamps === 'true' ? 'default' : timestamps === 'false' ? 'off' : timestamps,
      timeZone: get(formatFlags.timezone) ?? 'Local',
      prefix: get(formatFlags.prefix),
      diffContainer: get(formatFlags.diffContainer),
      podColors: get(formatFlags.podColors),
      containerColors: get(formatFlags.containerColors),
      controlChars: get(formatFlags.controlChars),
      onlyLogLines: get(formatFlags.onlyLogLines) || get(conversationFlags.quiet),
      events: get(formatFlags.events),
      sort: get(formatFlags.sort),
      outputFolder: get(formatFlags.outputDir),
      stats: get(formatFlags.stats),
      stdin: get(formatFlags.stdin),
      dryRun: get(formatFlags.dryRun),
    },
  };
}

function selectionOptions(
  { settings: { get }, operands, problem }: VerbInput,
  run: Pick<SelectionOptions, 'follow' | 'tailLines'>,
): SelectionOptions {
  const states = get(containerFlags.containerState).filter((state) => state !== 'all');
  const known = (state: string): state is ContainerState => ['running', 'waiting', 'terminated'].includes(state);
  for (const state of states.filter((one) => !known(one))) {
    problem(`--container-state: ${JSON.stringify(state)} is none of running, waiting, terminated, all`);
  }
  return {
    ...run,
    query: [...operands, ...get(podFlags.regex)],
    match: get(podFlags.match),
    selector: [...[get(podFlags.selector)].filter((one) => one !== undefined), ...get(podFlags.label)],
    fieldSelector: get(podFlags.fieldSelector),
    namespaces: [...(get(podFlags.namespace)?.split(',') ?? []), ...get(podFlags.ns)],
    currentNamespace: get(podFlags.currentNs),
    allNamespaces: get(podFlags.allNamespaces),
    ignoreNamespaces: get(podFlags.ignoreNs),
    ignoreLabels: get(podFlags.ignore),
    kinds: {
      Pod: get(podFlags.pod),
      Service: get(podFlags.svc),
      ReplicationController: get(podFlags.rc),
      ReplicaSet: get(podFlags.rs),
      DaemonSet: get(podFlags.ds),
      Deployment: get(podFlags.deploy),
      StatefulSet: get(podFlags.sts),
      Job: get(podFlags.job),
      Ingress: get(podFlags.ing),
    },
    nodes: get(podFlags.node),
    regions: get(podFlags.region),
    zones: get(podFlags.zone),
    os: get(podFlags.os),
    arch: get(podFlags.arch),
    excludePods: get(podFlags.excludePod),
    container: get(containerFlags.container),
    containerNames: get(containerFlags.containers),
    excludeContainers: get(containerFlags.excludeContainer),
    initContainers: get(containerFlags.initContainers),
    ephemeralContainers: get(containerFlags.ephemeralContainers),
    defaultContainerOnly: get(containerFlags.defaultContainer),
    containerStates: states.filter(known),
    condition: get(podFlags.condition),
    ownerFilter: get(podFlags.ownerFilter),
  };
}

/** The API takes whole seconds, at least one; 0 means all, as in kubectl. */
function secondsOf(sinceMs: number): number | undefined {
  return sinceMs === 0 ? undefined : Math.max(1, Math.ceil(sinceMs / 1000));
}

/** stern's. */
const defaultSinceMs = 48 * 3_600_000;

/** RFC 3339, in the form that the API takes. */
function moment(name: string, text: string | undefined, problem: (message: string) => void): string | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  problem(`--${name} ${JSON.stringify(text)} is not a time; write one such as 2026-11-21T10:00:00Z`);
  return undefined;
}
