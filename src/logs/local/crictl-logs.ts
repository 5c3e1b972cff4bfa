/** Reads the log of a container through `crictl logs`, again and again where it is followed. */
import type { Clock } from '../../clock.ts';
import { bytesOf, type ByteString } from '../line.ts';
import { keyOf, type LocalContainer, type LogPlace } from './container.ts';
import { askCrictl, listByCrictl, type CrictlDeps } from './crictl.ts';
import { cutText, truncationMark, type LogStream } from './joins.ts';
import { createLineGate, type LineGate } from './line-gate.ts';
import { usualLineBytes, type LocalRequest, type LocalSink } from './log-output.ts';
import { runtimeProblem } from './problems.ts';
import { millisecondsOf, stampOf, stampReader, type ReadStamp, type Stamp } from './timestamp.ts';

export interface CrictlLogDeps extends CrictlDeps {
  readonly clock: Clock;
}

/** Between two looks at a log, and between two looks for a new run. */
const pauseMs = 1000;
const restartMs = 5000;
/** The streams are not quite in the order of time: so far back is read again. */
const overlapMs = 2000;

/**
 * @throws KmaintError `logs.local-runtime` where the runtime gives no log; the signal's reason
 */
export async function readByCrictl(
  container: LocalContainer & { readonly place: Extract<LogPlace, { readonly kind: 'runtime' }> },
  request: LocalRequest,
  sink: LocalSink,
  deps: CrictlLogDeps,
  signal: AbortSignal,
): Promise<void> {
  const run = container.runs.at(request.previous === true ? -2 : -1);
  let id = run === undefined ? undefined : container.place.ids.get(run);
  if (id === undefined || (request.previous === true && container.runs.length < 2)) {
    return sink.notice('there is no log of a run before the last one');
  }
  const { since, until, head } = request;
  const gate = createLineGate({ since, until, head, skip: 0 });
  let log = createRuntimeLog(request);
  let lookedMs = deps.clock.monotonic();
  for (;;) {
    await log.read(id, gate, sink, deps, signal);
    if (!request.follow || request.previous === true || gate.done) return;
    await deps.clock.sleep(pauseMs, signal);
    if (deps.clock.monotonic() - lookedMs < restartMs) continue;
    lookedMs = deps.clock.monotonic();
    const next = await newestId(container, deps, signal);
    if (next === undefined) return;
    if (next === id) continue;
    await log.read(id, gate, sink, deps, signal);
    sink.notice('the container was started again');
    id = next;
    log = createRuntimeLog({ stream: request.stream, maxLineBytes: request.maxLineBytes });
  }
}

/** Undefined when the runtime has removed the container; while it cannot say, the one in hand stays. */
async function newestId(
  container: LocalContainer,
  deps: CrictlLogDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await listByCrictl(deps, signal);
  if (answer.kind !== 'containers') return container.containerId;
  return answer.containers.find((one) => keyOf(one) === keyOf(container))?.containerId;
}

interface RuntimeLog {
  /** Passes on what is new. */
  read(id: string, gate: LineGate, sink: LocalSink, deps: CrictlLogDeps, signal: AbortSignal): Promise<void>;
}

function createRuntimeLog(request: Pick<LocalRequest, 'since' | 'tail' | 'stream' | 'maxLineBytes'>): RuntimeLog {
  const { since, tail, stream, maxLineBytes = usualLineBytes } = request;
  const readStamp = stampReader();
  const seen: Record<LogStream, SeenLines> = { stdout: createSeenLines(), stderr: createSeenLines() };
  const streams = (['stdout', 'stderr'] as const).filter((one) => stream === undefined || one === stream);
  let first = true;
  /** The newest line that was missed and told of, by stream. */
  const missed = new Map<LogStream, Stamp>();

  function args(id: string): readonly string[] {
    const from = first ? since : resumeAt(seen);
    // With both streams crictl counts as we do; else the lines are counted here.
    const last = first && tail !== undefined && stream === undefined ? ['--tail', String(tail)] : [];
    return ['logs', '--timestamps', ...(from === undefined ? [] : ['--since', from]), ...last, id];
  }

  /** It was asked for from before the newest line that is known, and does not have it; true once for each. */
  function isGone(one: LogStream, lines: readonly StampedLine[]): boolean {
    const { last = '' } = seen[one];
    if (last === '' || missed.get(one) === last || lines.some(({ stamp }) => stamp === last)) return false;
    missed.set(one, last);
    return true;
  }

  return {
    async read(id, gate, sink, deps, signal) {
      const answer = await askCrictl(deps, args(id), signal);
      if (answer.kind !== 'printed') throw runtimeProblem(answer.kind === 'absent' ? 'there is no crictl' : answer.why);
      const answered = streams.map((one) => ({ one, given: linesOf(answer[one], readStamp, maxLineBytes) }));
      const gone = answered.filter(({ one, given }) => isGone(one, given));
      if (gone.length > 0)
        sink.gap('the log was rotated, and the runtime gives only its newest file: lines may be missing');
      const lines = answered.flatMap(({ one, given }) => seen[one].fresh(given));
      lines.sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0));
      const wanted = first && tail !== undefined ? lines.slice(Math.max(0, lines.length - tail)) : lines;
      first = false;
      const block = gate.pass(Buffer.from(wanted.map(({ text }) => text).join(''), 'latin1'));
      if (wanted.some(({ cut }) => cut === true) && block?.includes(truncationMark) === true) sink.truncated?.();
      if (block) await sink.block(block);
    },
  };
}

interface StampedLine {
  readonly stamp: Stamp;
  /** With stamp and line feed. */
  readonly text: ByteString;
  /** It was longer than is wanted. */
  readonly cut?: boolean;
}

/** A line without a timestamp goes with the one before. */
function linesOf(text: string, readStamp: ReadStamp, maxLineBytes: number): readonly StampedLine[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let stamp = '';
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const own = space === -1 ? undefined : readStamp(line.slice(0, space));
    stamp = own ?? stamp;
    const head = own === undefined ? '' : `${own} `;
    let cut = false;
    const message = bytesOf(own === undefined ? line : line.slice(space + 1));
    const shown = cutText(message, 0, maxLineBytes, () => void (cut = true));
    return { stamp, text: `${head}${shown}\n`, cut };
  });
}

export interface SeenLines {
  /** The time of the newest line so far. */
  readonly last: Stamp | undefined;
  /** Those that did not come before; of lines with the newest time as many are left out as there were. */
  fresh(lines: readonly StampedLine[]): readonly StampedLine[];
}

export function createSeenLines(): SeenLines {
  let last: Stamp | undefined;
  let atLast = 0;
  return {
    get last() {
      return last;
    },
    fresh(lines) {
      const before = last;
      let same = 0;
      const fresh = lines.filter(({ stamp }) => {
        if (before === undefined || stamp > before) return true;
        if (stamp < before) return false;
        same += 1;
        return same > atLast;
      });
      for (const { stamp } of fresh) {
        if (last !== undefined && stamp < last) continue;
        atLast = stamp === last ? atLast + 1 : 1;
        last = stamp;
      }
      return fresh;
    },
  };
}

function resumeAt(seen: Readonly<Record<LogStream, SeenLines>>): Stamp | undefined {
  const { stdout, stderr } = seen;
  const first = earlier(stdout.last || undefined, stderr.last || undefined);
  return first === undefined ? undefined : stampOf(millisecondsOf(first) - overlapMs);
}

function earlier(a: Stamp | undefined, b: Stamp | undefined): Stamp | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
