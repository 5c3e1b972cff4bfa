/** Keeps a wait that looks again and again from saying the same again and again. */
import type { RollingContext } from './context.ts';

export class Sayings {
  readonly #report: RollingContext['report'];
  readonly #node: string;
  readonly #warned = new Set<string>();
  #last: string | undefined;

  constructor({ report }: Pick<RollingContext, 'report'>, node: string) {
    this.#report = report;
    this.#node = node;
  }

  /** Each warning once. */
  warn(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#warned.has(message)) continue;
      this.#warned.add(message);
      this.#report.emit({ type: 'warning', message });
    }
  }

  /** What the gates are waited for, when it changed. */
  wait(message: string): void {
    if (message === this.#last) return;
    this.#last = message;
    this.#report.emit({ type: 'node.waiting', node: this.#node, waitsFor: 'gate', message });
  }
}
