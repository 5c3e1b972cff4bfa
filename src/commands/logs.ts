/** `kmaint logs`: one tail for many pods. */
import { openLogs, programs } from '../cli/context.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import { compatModeOf, logsManners, misreadHabits, otherToolsFlags } from './logs-compat.ts';
import { contradictions } from './logs-contradictions.ts';
import { endingOptions } from './logs-ending-flags.ts';
import { familiarFlags, type CompatMode } from './logs-familiar-flags.ts';
import { askerFor, colorOf, namesOf, outputOptions, tailOf, verbosityOf } from './logs-familiar.ts';
import { printCompletion } from './completion.ts';
import { fileOptions, fitForFiles, isLocal } from './logs-file.ts';
import { containerFlags, formatFlags, lineFlags, logsFlags, podFlags, rangeFlags } from './logs-flags.ts';
import { spanOf } from './logs-moment.ts';
import type { LogsOptions } from '../logs/options.ts';
import { harmlessLine } from '../report/harmless.ts';
import type { ContainerState, SelectionOptions } from '../logs/selection/options.ts';

/** What a query may begin with, in the words that are used most. */
const queryKinds = {
  pod: 'pods',
  deploy: 'deployments',
  rs: 'replicasets',
  sts: 'statefulsets',
  ds: 'daemonsets',
  job: 'jobs',
  cronjob: 'cronjobs',
  svc: 'services',
  ing: 'ingresses',
  hpa: 'horizontalpodautoscalers',
  rc: 'replicationcontrollers',
  node: 'nodes',
} as const;

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
--file reads by the stat (or wc) and tail of the container, of each pod's default container unless one is named; it
needs get and create on pods/exec. Its lines have no time: -t shows when they came.

--compat, KMAINT_COMPAT, the settings file, or a link to kmaint called stern, kail or kubetail choose whose defaults and
letters hold; what is given wins. With kail KAIL_ variables count too, with kubetail KUBETAIL_ ones.
  stern     --since 48h, the context's namespace, all containers, -o default: as without --compat
  kail      --since 1s, all namespaces but kube-system, -o kail; -l --label, -p --pod, -d --deploy, -j --job, -c exact
  kubetail  --since 10s, QUERY is a part of the name, -o kubetail; -e --match, -t --context, -p --previous,
            -d --dry-run, -i --show-color-index, -c exact
  kubectl   all lines, or 10 with -l; no follow; QUERY is the whole name, the default container, raw lines unless
            --prefix; -p --previous, -c exact. All pods of a workload are shown, not one
kail and kubectl also bring --only-log-lines.
Without it -p is --prompt (not --previous, nor --pod), -d --diff-container, -e --exclude, -t --timestamps, as in stern.

Exit codes: 0 all read, 1 a log could not be read, --fail-on matched, or a gap with --on-gap=fail, 2 usage, 4 cluster,
128+n interrupted. A closed pipe is no failure.`,
  flags: logsFlags,
  removedFlags: otherToolsFlags,
  manners: logsManners,
  completes: () => ({ before: queryKinds, otherwise: 'pods' }),
  prepare(input) {
    const { settings, programName } = input;
    const options = logsOptions(input);
    const shell = settings.get(familiarFlags.completion);
    if (shell) return printCompletion(shell);
    return async (run) => {
      const ask = askerFor(settings, run.io);
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { runLogs } = await import('../logs/run.ts');
      const verbosity = verbosityOf(settings);
      const say = (text: string): void => void run.io.stderr.write(`${text}\n`);
      return runLogs(
        {
          io: run.io,
          clock: run.clock,
          signal: run.signal,
          programName,
          warnings: run.warnings,
          color: colorOf(settings),
          ask,
          run: await programs(run.clock),
          open: (context) =>
            openLogs(
              run,
              {
                warn: (message) => say(`warning: ${message}`),
                serverWarning: (message) => say(`warning: ${harmlessLine(message)}`),
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
  const compat = compatModeOf(input.manner);
  const tailLines = tailOf(settings, compat);
  for (const habit of misreadHabits(compat, get)) problem(habit);
  if (tailLines >= 0 && get(rangeFlags.stream) !== 'all') {
    problem('--tail does not go with --stream: the API has no tail of one of the two; use --since');
  }
  // Said for all runs, it gives way.
  if (
    settings.source(formatFlags.sort) === 'flag' &&
    get(formatFlags.sort) !== undefined &&
    get(formatFlags.outputDir) !== undefined
  ) {
    problem('--sort does not go with --output-dir: each log has a file of its own');
  }
  if (!follow && tailLines === 0) problem('--no-follow with --tail=0 would show nothing');
  const span = spanOf(settings, get(rangeFlags.previous), problem);
  for (const contradiction of contradictions(settings)) problem(contradiction);
  const streams = get(rangeFlags.maxLogRequests);
  if (streams === 0) problem('--max-log-requests is 0, and nothing could be read');
  const around = get(lineFlags.around);
  if (get(familiarFlags.prompt) && (get(formatFlags.stdin) || get(formatFlags.local))) {
    problem('--prompt (-p) goes with logs of a cluster, not with --stdin or --local; the run before is --previous');
  }
  return {
    contexts: get(podFlags.context)?.split(',') ?? [],
    selection: fitForFiles(
      selectionOptions(input, { follow, tailLines: tailLines < 0 ? undefined : tailLines }, compat),
      input,
    ),
    from: fileOptions(input),
    ending: endingOptions(settings),
    local: isLocal(settings),
    root: get(formatFlags.root) ?? '/',
    range: {
      follow,
      ...span,
      tailLines: tailLines < 0 ? undefined : tailLines,
      headLines: get(rangeFlags.head) || undefined,
      limitBytes: get(rangeFlags.limitBytes) || undefined,
      previous: get(rangeFlags.previous),
      crashLines: get(rangeFlags.crash),
      stream: ({ all: undefined, stdout: 'Stdout', stderr: 'Stderr' } as const)[get(rangeFlags.stream)],
      maxStreams: streams > 0 ? streams : follow ? 50 : 5,
      ignoreErrors: get(familiarFlags.ignoreErrors),
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
      withoutFields: get(lineFlags.withoutFields),
    },
    format: {
      ...outputOptions(settings, problem),
      template: get(formatFlags.template),
      templateFile: get(formatFlags.templateFile),
      timeZone: get(formatFlags.timezone) ?? 'Local',
      prefix: get(formatFlags.prefix) || (compat === 'kubectl' && get(familiarFlags.allPods)),
      diffContainer: get(formatFlags.diffContainer),
      podColors: get(formatFlags.podColors),
      containerColors: get(formatFlags.containerColors),
      controlChars: get(formatFlags.controlChars),
      onlyLogLines: get(formatFlags.onlyLogLines) || get(conversationFlags.quiet),
      events: get(formatFlags.events),
      sort: get(formatFlags.sort) !== undefined,
      sortWindowMs: get(formatFlags.sort) ?? 0,
      outputFolder: get(formatFlags.outputDir),
      stats: get(formatFlags.stats),
      stdin: get(formatFlags.stdin),
      dryRun: get(formatFlags.dryRun),
    },
  };
}

function selectionOptions(
  input: VerbInput,
  run: Pick<SelectionOptions, 'follow' | 'tailLines'>,
  compat: CompatMode | undefined,
): SelectionOptions {
  const { settings, problem } = input;
  const { get } = settings;
  const { query, container } = namesOf(input, compat);
  const namespaces = [...(get(podFlags.namespace)?.split(',') ?? []), ...get(podFlags.ns)];
  const everywhere = compat === 'kail' && namespaces.length === 0 && !get(podFlags.currentNs);
  const states = get(containerFlags.containerState).filter((state) => state !== 'all');
  const known = (state: string): state is ContainerState => ['running', 'waiting', 'terminated'].includes(state);
  for (const state of states.filter((one) => !known(one))) {
    problem(`--container-state: ${JSON.stringify(state)} is none of running, waiting, terminated, all`);
  }
  return {
    ...run,
    query,
    match: get(podFlags.match),
    selector: [...[get(podFlags.selector)].filter((one) => one !== undefined), ...get(podFlags.label)],
    fieldSelector: get(podFlags.fieldSelector),
    namespaces,
    currentNamespace: get(podFlags.currentNs),
    allNamespaces: get(podFlags.allNamespaces) || everywhere,
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
    containerNames: [...get(containerFlags.containers), ...container],
    excludeContainers: get(containerFlags.excludeContainer),
    initContainers: get(containerFlags.initContainers),
    ephemeralContainers: get(containerFlags.ephemeralContainers),
    defaultContainerOnly: get(containerFlags.defaultContainer) && !get(familiarFlags.allContainers),
    containerStates: states.filter(known),
    condition: get(podFlags.condition),
    ownerFilter: get(podFlags.ownerFilter),
  };
}
