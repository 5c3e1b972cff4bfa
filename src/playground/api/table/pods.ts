/** The row of a pod: how many containers are ready, one word for its state, how often it restarted. */
import type { V1ContainerStatus, V1ContainerStateTerminated, V1Pod } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import type { KubeObject } from '../../objects.ts';
import { since } from './format.ts';
import { columns, type Cell, type Printer, type RowCondition } from './printer.ts';

type Pod = Wire<V1Pod>;
type ContainerStatus = Wire<V1ContainerStatus>;

/** Follows `printPod` in pkg/printers/internalversion/printers.go. */
export const podPrinter: Printer = {
  columns: columns('Name, Ready, Status, Restarts, Age, IP*, Node*, Nominated Node*, Readiness Gates*'),
  cells: podCells,
  conditions(object): readonly RowCondition[] | undefined {
    const phase = (object as unknown as Pod).status?.phase;
    return phase === undefined ? undefined : endings[phase];
  },
};

const endings: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [
    { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' },
  ],
  Failed: [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
};

function podCells(object: KubeObject, nowMs: number): readonly Cell[] {
  const pod = object as unknown as Pod;
  const { ready, total, reason, restarts, lastRestart } = summarise(pod);
  const ago = restarts > 0 && lastRestart !== undefined ? ` (${since(lastRestart, nowMs)} ago)` : '';
  return [
    object.metadata.name,
    `${String(ready)}/${String(total)}`,
    reason,
    `${String(restarts)}${ago}`,
    since(object.metadata.creationTimestamp, nowMs),
    pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '<none>',
    orNone(pod.spec?.nodeName),
    orNone(pod.status?.nominatedNodeName),
    readinessGates(pod),
  ];
}

function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}

interface Summary {
  ready: number;
  total: number;
  reason: string;
  restarts: number;
  lastRestart: string | undefined;
}

function summarise(pod: Pod): Summary {
  const { spec, status, metadata } = pod;
  const phase = status?.phase ?? '';
  const sidecars = new Set(
    (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const summary: Summary = {
    ready: 0,
    total: (spec?.containers.length ?? 0) + sidecars.size,
    reason: orElse(status?.reason, phase),
    restarts: 0,
    lastRestart: undefined,
  };
  if (status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) {
    summary.reason = 'SchedulingGated';
  }
  const initializing = addInitContainers(summary, pod, sidecars);
  if (!initializing || hasCondition(pod, 'Initialized')) addContainers(summary, pod, sidecars);
  if (metadata?.deletionTimestamp !== undefined) {
    if (status?.reason === 'NodeLost') summary.reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') summary.reason = 'Terminating';
  }
  return summary;
}

/** Counts until the first init container that is not through; returns whether there is one. */
function addInitContainers(summary: Summary, { spec, status }: Pod, sidecars: ReadonlySet<string>): boolean {
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    addRestarts(summary, container);
    const { waiting, terminated } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready) summary.ready += 1;
      continue;
    }
    if (terminated) summary.reason = `Init:${ending(terminated)}`;
    else if (waiting?.reason !== undefined && waiting.reason !== '' && waiting.reason !== 'PodInitializing') {
      summary.reason = `Init:${waiting.reason}`;
    } else summary.reason = `Init:${String(index)}/${String(spec?.initContainers?.length ?? 0)}`;
    return true;
  }
  return false;
}

/** The containers proper, last to first, so that the first one's trouble is the word that stays. */
function addContainers(summary: Summary, pod: Pod, sidecars: ReadonlySet<string>): void {
  summary.restarts = 0;
  summary.lastRestart = undefined;
  for (const container of pod.status?.initContainerStatuses ?? []) {
    if (sidecars.has(container.name)) addRestarts(summary, container);
  }
  let running = false;
  let failure = '';
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    addRestarts(summary, container);
    const { waiting, terminated, running: runs } = container.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== '') summary.reason = waiting.reason;
    else if (terminated) {
      summary.reason = ending(terminated);
      if (terminated.exitCode !== 0) failure = summary.reason;
    } else if (container.ready && runs) {
      running = true;
      summary.ready += 1;
    }
  }
  if (summary.reason !== 'Completed') return;
  if (running && hasCondition(pod, 'Ready')) summary.reason = 'Running';
  else if (failure !== '') summary.reason = failure;
  else if (running) summary.reason = 'NotReady';
}

function addRestarts(summary: Summary, { restartCount, lastState }: ContainerStatus): void {
  summary.restarts += restartCount;
  const at = lastState?.terminated?.finishedAt;
  if (at !== undefined && (summary.lastRestart === undefined || at > summary.lastRestart)) summary.lastRestart = at;
}

function ending({ reason, signal, exitCode }: Wire<V1ContainerStateTerminated>): string {
  if (reason !== undefined && reason !== '') return reason;
  return signal !== undefined && signal !== 0 ? `Signal:${String(signal)}` : `ExitCode:${String(exitCode)}`;
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some((condition) => condition.type === conditionType && condition.status === 'True'),
  );
  return `${String(open.length)}/${String(gates.length)}`;
}

function hasCondition({ status }: Pod, type: string): boolean {
  return (status?.conditions ?? []).find((condition) => condition.type === type)?.status === 'True';
}

function orElse(text: string | undefined, otherwise: string): string {
  return text === undefined || text === '' ? otherwise : text;
}
