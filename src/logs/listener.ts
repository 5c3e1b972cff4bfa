/** Says on stderr what happens beside the lines. */
import type { LogSource } from './line.ts';
import { lifecycleText } from './format/lifecycle.ts';
import type { LookOptions as Look } from './format/look.ts';
import type { Ending } from './ending/ending.ts';
import type { LogsOptions } from './options.ts';
import type { Outlets } from './outlets.ts';
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
    ended: ({ source, key }, end, container) => {
      outlets.ended(key);
      if (end.kind === 'failed') say(`error: ${text.notice(source, end.error.message).replace(/^! /, '')}`);
      if (end.kind === 'no-previous' && !quiet) say(text.notice(source, 'there is no run before this one'));
      const over = container?.containerId === source.containerId ? container.terminated : undefined;
      if (format.events && over) say(text.terminated(source, over));
      if (!quiet) say(text.detached(source));
    },
    notice: ({ source }, notice) => {
      if (quiet && notice.kind !== 'gap') return;
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
          return once(text.notice(source, `lines of more than ${range.maxLineBytes} bytes are cut (--max-line-bytes)`));
      }
    },
    queued: (targets) => {
      if (!range.follow || quiet) return;
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
      if (!warned.has(first)) say(`error: ${error.message}\n  ${first}`);
      warned.add(first);
    },
    nowhere: (namespace) => {
      if (!quiet) once(noSuchNamespace(namespace));
    },
    lost: (error) => say(`error: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`),
    outage: (error) => {
      if (!quiet) say(`warning: the watch of pods is interrupted and goes on as soon as possible: ${error.message}`);
    },
  };
}

/** Nodes keep one run beside the one in hand. */
function earlierRuns({ context, namespace, pod, container }: LogSource, count: number): string {
  const where = `${context === undefined ? '' : ` --context ${context}`} -n ${namespace}`;
  return `it was started ${count} times before it was first seen; see the run before: kmaint logs pod/${pod}${where} --containers ${container} --previous --no-follow`;
}

/** A warning: it may be made yet. */
export function noSuchNamespace(namespace: string): string {
  return `warning: namespace ${namespace} does not exist; list them: kubectl get namespaces`;
}
