/** Progress as one line per change and a heartbeat: for logs, pipes and CI. */
import type { Clock } from '../clock.ts';
import type { Event } from './events.ts';
import { heartbeatLine, heartbeatMs } from './heartbeat.ts';
import type { LineKind, Narrator } from './narrator.ts';
import { RunProgress } from './progress.ts';
import { harmlessValue } from './harmless.ts';
import type { TextReporter } from './reporter.ts';
import type { Sink } from './sink.ts';

export interface PlainOptions {
  readonly narrator: Narrator;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Clock;
  readonly verbosity: number;
}

export function plainReporter({ narrator, stdout, stderr, clock, verbosity }: PlainOptions): TextReporter {
  const progress = new RunProgress();
  const hidden = new Set<LineKind>(verbosity > 0 ? [] : ['detail']);
  let beat: { cancel(): void } | undefined;
  let finished = false;

  function schedule(): void {
    beat = clock.after(heartbeatMs, () => {
      const text = heartbeatLine(progress, clock.monotonic());
      if (text !== undefined) stderr.write(`${text}\n`);
      schedule();
    });
  }

  function stop(): void {
    beat?.cancel();
    beat = undefined;
  }

  return {
    emit(event: Event) {
      progress.apply(harmlessValue(event), clock.monotonic());
      if (event.type === 'run.finished') {
        stop();
        finished = true;
      }
      for (const { to, kind, text } of narrator.tell(event)) {
        if (!hidden.has(kind)) (to === 'stdout' ? stdout : stderr).write(text);
      }
      if (progress.busy && !beat && !finished) schedule();
    },
    close: stop,
  };
}
