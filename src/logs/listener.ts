/** Says on stderr what happens beside the lines. */
import { lifecycleText } from './format/lifecycle.ts';
import type { LookOptions as Look } from './format/look.ts';
import type { LogsOptions } from './options.ts';
import type { Outlets } from './outlets.ts';
import type { TailListener } from './tail.ts';

/** `say` takes one line at a time. */
export function listenerFor(
  { format, range }: LogsOptions,
  look: Look,
  outlets: Outlets,
  say: (text: string) => void,
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
          return say(text.gap(source, notice.from, notice.to, notice.why));
        case 'server-message':
          return say(text.notice(source, notice.text));
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
    lost: (error) => say(`error: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`),
    outage: (error) => {
      if (!quiet) say(`warning: the watch of pods is interrupted and goes on as soon as possible: ${error.message}`);
    },
  };
}
