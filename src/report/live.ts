/** Progress on a terminal: lines that stay for what happened, below them a picture of what is going on. */
import type { Clock } from '../clock.ts';
import { boardLines, type WindowSize } from './board.ts';
import type { Event } from './events.ts';
import { harmlessValue } from './harmless.ts';
import { LiveBlock } from './live-block.ts';
import type { Line, LineKind, Narrator } from './narrator.ts';
import { RunProgress } from './progress.ts';
import type { TextReporter } from './reporter.ts';
import type { Sink } from './sink.ts';
import { startSpinner } from './spinner.ts';
import type { Style } from './style.ts';

/** Ten pictures a second at most: more is neither seen nor kind to slow links. */
const shortestFrameMs = 100;
/** How often ages and countdowns move when nothing else does. */
const tickMs = 1000;
/** A window that is being dragged reports many sizes. */
const resizePauseMs = 250;
const spinnerAfterMs = 300;
const spinnerText = 'reading nodes, pods and budgets';

export interface Terminal extends NodeJS.WritableStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface LiveOptions {
  readonly narrator: Narrator;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly terminal: Terminal;
  /** Lines for stdout appear on the same screen as the block, which has to make room for them. */
  readonly oneScreen: boolean;
  readonly clock: Clock;
  readonly style: Style;
  readonly verbosity: number;
}

export function liveReporter(options: LiveOptions): TextReporter {
  const { narrator, stdout, stderr, terminal, oneScreen, clock, style, verbosity } = options;
  const progress = new RunProgress();
  const block = new LiveBlock(stderr);
  const hidden = new Set<LineKind>(verbosity > 0 ? [] : ['detail', 'step']);
  let kept: Line[] = [];
  let spinner: { stop(): void } | undefined;
  let frame: { readonly atMs: number; cancel(): void } | undefined;
  let lastFrameMs = Number.NEGATIVE_INFINITY;
  let open = true;

  function windowSize(): WindowSize {
    // Zero is what some pseudo-terminals say when they do not know.
    return { rows: terminal.rows || 24, columns: terminal.columns || 80 };
  }

  /** Lines that stay go out with the next picture, so that a burst of them does not make the block flicker. */
  function keep(line: Line): void {
    if (line.to === 'stdout' && !oneScreen) stdout.write(line.text);
    else if (block.shown) kept.push(line);
    else sinkOf(line).write(line.text);
  }

  function sinkOf({ to }: Line): Sink {
    return to === 'stdout' ? stdout : stderr;
  }

  function draw(lines: readonly string[]): void {
    const lasting = kept;
    kept = [];
    if (lasting.every(({ to }) => to === 'stderr')) {
      block.draw(lines, lasting.map(({ text }) => text).join(''));
      return;
    }
    block.draw([]);
    for (const line of lasting) sinkOf(line).write(line.text);
    block.draw(lines);
  }

  function render(): void {
    frame?.cancel();
    frame = undefined;
    const nowMs = clock.monotonic();
    lastFrameMs = nowMs;
    // A terminal that is behind gets the next picture instead of this one.
    const lines = stderr.busy ? undefined : boardLines(progress, nowMs, windowSize(), style);
    if (lines) draw(lines);
    if (!lines || lines.length > 0) renderIn(tickMs);
  }

  function renderIn(delayMs: number): void {
    const atMs = Math.max(clock.monotonic() + delayMs, lastFrameMs + shortestFrameMs);
    if (frame && frame.atMs <= atMs) return;
    frame?.cancel();
    frame = undefined;
    const waitMs = atMs - clock.monotonic();
    if (waitMs <= 0) render();
    else frame = { atMs, ...clock.after(waitMs, render) };
  }

  function resized(): void {
    block.resized(windowSize());
    if (!progress.busy) return;
    // Not before the dragging ends: each step may leave a picture behind.
    frame?.cancel();
    frame = undefined;
    renderIn(resizePauseMs);
  }

  function stopSpinner(): void {
    spinner?.stop();
    spinner = undefined;
  }

  function end(): void {
    if (!open) return;
    open = false;
    stopSpinner();
    terminal.removeListener('resize', resized);
    frame?.cancel();
    frame = undefined;
    draw([]);
  }

  terminal.on('resize', resized);

  return {
    emit(event: Event) {
      progress.apply(harmlessValue(event), clock.monotonic());
      const lines = narrator.tell(event).filter(({ kind }) => !hidden.has(kind));
      if (lines.length > 0 || event.type !== 'detail') stopSpinner();
      if (event.type === 'run.finished') end();
      for (const line of lines) keep(line);
      if (!open) return;
      if (event.type === 'run.started') {
        // Folded over several lines it would not be taken away cleanly.
        if (windowSize().columns < spinnerText.length + 4) return;
        spinner = startSpinner({ clock, stream: terminal, text: spinnerText, afterMs: spinnerAfterMs });
      } else if (progress.busy || block.shown) {
        renderIn(0);
      }
    },
    close: end,
  };
}
