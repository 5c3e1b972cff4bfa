/** Makes the report that fits the flags, the streams and the environment. */
import type { Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { styleFor } from './colors.ts';
import type { Event } from './events.ts';
import { jsonReporter } from './json.ts';
import { liveReporter } from './live.ts';
import { chooseColor, chooseProgress, type Color, type Environment, type Progress } from './modes.ts';
import { Narrator, type LineKind, type NarratorOptions } from './narrator.ts';
import { ndjsonReporter } from './ndjson.ts';
import { plainReporter } from './plain.ts';
import { quietReporter } from './quiet.ts';
import type { Report } from './report.ts';
import type { TextReporter } from './reporter.ts';
import { createSink, type Sink } from './sink.ts';

/** A stream that may be a terminal, such as those of the process. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

export interface ReportOptions {
  readonly output: 'text' | 'json' | 'ndjson';
  readonly progress: Progress;
  readonly color: Color;
  /** How often `-v` was given. */
  readonly verbosity: number;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Environment;
  readonly clock: Clock;
}

export interface ClosableReport extends Report {
  /** Stops timers, leaves the terminal in order, and resolves once everything has left the process. */
  close(): Promise<void>;
  /** Set when stdout could not take what was asked for; EPIPE means that its reader has seen enough. */
  readonly stdoutFailure: NodeJS.ErrnoException | undefined;
}

/**
 * Never throws, neither here nor from `emit`. With `json` or `ndjson`, stderr carries a run's failure, the plan of a run
 * that a person at a terminal may be asked about, and progress only when `progress` asks for it by name.
 */
export function createReport(options: ReportOptions): ClosableReport {
  const stdout = createSink(options.stdout);
  const stderr = createSink(options.stderr);
  const reporters = options.output === 'text' ? [textReporter(options, stdout, stderr)] : [];
  if (options.output === 'ndjson') reporters.push(ndjsonReporter({ stdout, clock: options.clock }));
  if (options.output === 'json') reporters.push(jsonReporter({ stdout }));
  if (options.output !== 'text') reporters.push(besidesData(options, stderr));

  return {
    emit(event: Event) {
      for (const reporter of reporters) reporter.emit(event);
    },
    async close() {
      for (const reporter of reporters) reporter.close();
      await stdout.flush();
      if (stdout.failure && stdout.failure.code !== 'EPIPE') {
        stderr.write(`error: could not write to standard output: ${stdout.failure.message}\n`);
      }
      await stderr.flush();
    },
    get stdoutFailure() {
      return stdout.failure;
    },
  };
}

function textReporter(options: ReportOptions, stdout: Sink, stderr: Sink): TextReporter {
  const { clock, verbosity, env } = options;
  const { mode, warning } = chooseProgress(options.progress, options, env);
  if (warning !== undefined) stderr.write(`warning: ${warning}\n`);
  if (mode === 'quiet') {
    const shown = new Set<LineKind>(['answer', 'plan', 'blockers', 'error', 'failure']);
    return quietReporter({ narrator: narratorFor(options, 'never'), stdout, stderr, shown });
  }
  const narrator = narratorFor(options, isTerminal(options.stderr) ? 'always' : 'asked');
  if (mode === 'plain') return plainReporter({ narrator, stdout, stderr, clock, verbosity });
  const style = styleFor(chooseColor(options.color, options.stderr, env));
  const oneScreen = isTerminal(options.stdout);
  return liveReporter({ narrator, stdout, stderr, terminal: options.stderr, oneScreen, clock, style, verbosity });
}

/** What stderr says while stdout carries data. */
function besidesData(options: ReportOptions, stderr: Sink): TextReporter {
  if (options.progress === 'plain' || options.progress === 'live') return textReporter(options, nowhere, stderr);
  const watched = isTerminal(options.stderr) && options.progress !== 'quiet';
  const shown = new Set<LineKind>(['plan', 'failure']);
  return quietReporter({
    narrator: narratorFor(options, watched ? 'always' : 'never'),
    stdout: nowhere,
    stderr,
    shown,
  });
}

function narratorFor(options: ReportOptions, plan: NarratorOptions['plan']): Narrator {
  const { stdout, stderr, color, env, verbosity, clock } = options;
  return new Narrator({
    clock,
    stdoutStyle: styleFor(chooseColor(color, stdout, env)),
    stderrStyle: styleFor(chooseColor(color, stderr, env)),
    verbosity,
    plan,
    oneScreen: isTerminal(stdout) && isTerminal(stderr),
  });
}

function isTerminal(stream: OutputStream): boolean {
  return stream.isTTY === true;
}

/** Takes the place of a stdout that somebody else writes to. */
const nowhere: Sink = { write: () => {}, busy: false, failure: undefined, flush: async () => {} };
