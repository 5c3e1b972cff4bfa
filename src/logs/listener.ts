/** Says on stderr what happens beside the lines. */
import type { AtHand } from '../cli/kubectl.ts';
import type { LogContainer, LogPod, Termination } from '../cluster/log-pod.ts';
import { harmlessLine } from '../report/harmless.ts';
import type { LogSource } from './line.ts';
import { lifecycleText, linesCut } from './format/lifecycle.ts';
import type { LookOptions as Look } from './format/look.ts';
import type { Ending } from './ending/ending.ts';
import type { LogsOptions } from './options.ts';
import type { Outlets } from './outlets.ts';
import type { LogTarget } from './selection/targets.ts';
import type { StreamNotice } from './stream/follow.ts';
import type { TailListener } from './tail.ts';

export interface ListenerDeps {
  readonly outlets: Pick<Outlets, 'ended'>;
  readonly ending: Pick<Ending, 'finish'>;
  /** Takes one line at a time. */
  readonly say: (text: string) => void;
}

export function listenerFor(
  { format, range, ending: { onGap } }: LogsOptions,
  look: Look,
  { outlets, ending, say }: ListenerDeps,
): TailListener {
  const text = lifecycleText(look);
  const quiet = format.onlyLogLines;
  const warned = new Set<string>();
  const once = (message: string): void => {
    if (!warned.has(message)) say(message);
    warned.add(message);
  };
  return {
    attached: ({ source }) => {
      if (!quiet) say(text.attached(source));
    },
    ended: (target, end, container) => {
      const { source, key } = target;
      const over = terminationOf(target, container);
      const tell = (): void => {
        if (end.kind === 'failed') say(text.failed(source, end.error.message));
        if (end.kind === 'no-previous' && !quiet) say(text.notice(source, 'there is no run before this one'));
        if (format.events && over) say(text.terminated(source, over));
        if (!quiet) say(text.detached(source));
      };
      const left = outlets.ended(key);
      if (left) void left.then(tell);
      else tell();
    },
    notice: ({ source }, notice) => {
      if (quiet && !isFailure(notice)) return;
      switch (notice.kind) {
        case 'attached':
          return;
        case 'retry':
          return say(text.retry(source, notice.message, notice.attempt));
        case 'gap':
          if (onGap === 'ignore') return;
          say(text.gap(source, notice.from, notice.to, notice.why));
          if (onGap === 'fail') ending.finish({ kind: 'gap', source });
          return;
        case 'server-message':
          return say(text.notice(source, notice.text));
        case 'earlier-runs':
          return say(text.notice(source, earlierRuns(source, notice.count)));
        case 'fragment':
          return say(
            text.notice(source, 'the first line is only the end of a longer one: --tail counts pieces of 16 KiB'),
          );
        case 'truncated':
          return once(text.notice(source, linesCut(range.maxLineBytes)));
      }
    },
    queued: (targets) => {
      if (!range.follow) return;
      const names = targets.map(({ source }) => `${source.namespace}/${source.pod}/${source.container}`);
      const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
      say(
        `warning: more than ${range.maxStreams} logs at once (--max-log-requests); these wait until others end: ${shown}`,
      );
    },
    unwatched: (error, namespace) => {
      // One for each node may be refused at once, each in other words.
      const place = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`;
      const first = `pods of ${place} are not watched any more: logs that are open go on until they end, new pods are not seen`;
      if (!warned.has(first)) say(`error: ${harmlessLine(error.message)}\n  ${first}`);
      warned.add(first);
    },
    nowhere: (namespace, cluster) => {
      if (!quiet) once(noSuchNamespace(namespace, cluster));
    },
    namesakes: (owner, pods) => {
      if (quiet || warned.has(owner)) return;
      warned.add(owner);
      say(`note: ${leftOut(owner, pods)}`);
    },
    lost: ({ message, hint }) =>
      say(`error: ${harmlessLine(message)}${hint === undefined ? '' : `\n  ${harmlessLine(hint)}`}`),
    outage: ({ message }) => {
      if (quiet) return;
      say(`warning: the watch of pods is interrupted and goes on as soon as possible: ${harmlessLine(message)}`);
    },
  };
}

/** A log that is refused so often is not open, and may never be; before that it is a hiccup that passes. */
const refusals = 3;

/** Said though nothing but errors is to be: lines are missing, or may be. */
function isFailure(notice: StreamNotice): boolean {
  if (notice.kind === 'retry') return notice.attempt >= refusals;
  return notice.kind === 'gap' || notice.kind === 'server-message';
}

/** How that run ended, as far as it is known; the container may be at the next one by now. */
function terminationOf({ source, container }: LogTarget, now: LogContainer | undefined): Termination | undefined {
  if (now?.containerId === source.containerId) return now.terminated;
  return now?.restartCount === container.restartCount + 1 ? now.lastTerminated : undefined;
}

/** Nodes keep one run beside the one in hand. */
function earlierRuns({ context, namespace, pod, container }: LogSource, count: number): string {
  const where = `${context === undefined ? '' : ` --context ${context}`} -n ${namespace}`;
  return `it was started ${count} times before it was first seen; see the run before: kmaint logs pod/${pod}${where} --containers ${container} --previous --no-follow`;
}

/** Said once for each owner: others of the kind may come and go all the time. */
function leftOut(owner: string, pods: readonly LogPod[]): string {
  const [first] = pods;
  const more = pods.length > 1 ? ` and ${pods.length - 1} more` : '';
  const pod = `${first?.namespace ?? ''}/${first?.name ?? ''}`;
  const carry = pods.length > 1 ? 'carry' : 'carries';
  return `${pod}${more} ${carry} the labels of ${owner} but ${pods.length > 1 ? 'are' : 'is'} not of it: left out; --owner-filter=false shows such pods too`;
}

/** A warning: it may be made yet. */
export function noSuchNamespace(namespace: string, cluster: AtHand): string {
  return `warning: namespace ${namespace} does not exist; list them: ${cluster.kubectl('get', 'namespaces')}`;
}
