/** Progress for those who want none: only the kinds of lines that they cannot do without. */
import type { Event } from './events.ts';
import type { LineKind, Narrator } from './narrator.ts';
import type { TextReporter } from './reporter.ts';
import type { Sink } from './sink.ts';

export interface QuietOptions {
  readonly narrator: Narrator;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly shown: ReadonlySet<LineKind>;
}

export function quietReporter({ narrator, stdout, stderr, shown }: QuietOptions): TextReporter {
  return {
    emit(event: Event) {
      for (const { to, kind, text } of narrator.tell(event)) {
        if (shown.has(kind)) (to === 'stdout' ? stdout : stderr).write(text);
      }
    },
    close: () => {},
  };
}
