/** Reads one container's log, every line once, over every interruption. */
import type { IncomingMessage } from 'node:http';
import type { LogAnswer } from '../../cluster/container-log.ts';
import { Attempt } from './attempt.ts';
import type { AttemptEnd, AttemptOptions } from './attempt-options.ts';
import { Belonging } from './belonging.ts';
import type { Cursor } from './cursor.ts';
import { isGone, isHopeless, isOver, mayHeal, unreadable } from './failure.ts';
import { lostAtEnd } from './lost.ts';
import { isRun, nextRead, type NextRead, type Run } from './next-read.ts';
import { Outlet } from './outlet.ts';
import { failuresAfter, passableMs, pauseMs } from './pause.ts';
import { createProbe } from './probe.ts';
import { isFragment, mayBeFragment } from './fragment.ts';
import { openAt } from './query.ts';
import { Resumption } from './resumption.ts';
import { stampOfDate } from './stamp.ts';
import { watchForStall, type StallWatch } from './stall.ts';
import type { ContainerStreamDeps, ContainerStreamRequest, ContainerStreamSink, StreamEnd } from './stream.ts';
import { isStillRun, sleepUnless } from './wait.ts';

export type { ContainerStreamDeps, ContainerStreamRequest, ContainerStreamSink } from './stream.ts';
export type { StreamEnd, StreamNotice } from './stream.ts';

const nameTaken = 'another pod has taken its name: the lines above may be those of that one';

/** Ends that look like the server's own are told of only when they come in a row: each container ends with a few. */
const quietEnds = 4;

/**
 * Gives every line of the log once and in order until the run ends; comes back after cuts, ends that are none, refusals
 * of a server that is away. Without `follow` it reads what is there. Memory: 100 kB and one line at most, about.
 *
 * @throws the signal's reason, and whatever the sink throws
 */
export function followContainer(
  deps: ContainerStreamDeps,
  request: ContainerStreamRequest,
  sink: ContainerStreamSink,
  signal: AbortSignal,
): Promise<StreamEnd> {
  return new ContainerStream(deps, request, sink, signal).run();
}

interface Failure {
  readonly message: string;
  readonly read: NextRead;
  /** Failures in a row that are not worth a word. */
  readonly quietly?: number;
  /** Counts as part of the pause. */
  readonly livedMs?: number;
  readonly retryAfterMs?: number | undefined;
}

class ContainerStream {
  readonly #deps: ContainerStreamDeps;
  readonly #request: ContainerStreamRequest;
  readonly #sink: ContainerStreamSink;
  readonly #signal: AbortSignal;
  readonly #random: () => number;
  readonly #isBehind: () => Promise<boolean>;
  readonly #outlet: Outlet;
  readonly #belonging: Belonging;
  #run: Run;
  #failures = 0;
  #attached = false;
  #openedAt: string | undefined;
  /** Monotonic milliseconds of the first request, and of the last. */
  #askedMs: number | undefined;
  #openingMs = 0;
  #pastIsDone = false;
  /** Something was given. */
  #begun = false;
  /** What is found out of the first line. */
  #firstLine: Promise<void> | undefined;
  /** New lines came on the connection in hand. */
  #fresh = false;
  #last: { readonly attempt: Attempt; readonly end: AttemptEnd } | undefined;
  /** The connection in hand, if it is to go on for as long as the run. */
  #following: Attempt | undefined;

  constructor(
    deps: ContainerStreamDeps,
    request: ContainerStreamRequest,
    sink: ContainerStreamSink,
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#request = request;
    this.#sink = sink;
    this.#signal = signal;
    this.#random = deps.random ?? Math.random;
    this.#outlet = new Outlet(sink, request.limitBytes);
    this.#belonging = new Belonging(deps, request, this.#outlet);
    this.#run = { containerId: request.containerId, restartCount: request.restartCount };
    this.#isBehind = createProbe({ open: deps.open, request, cursor: () => this.#outlet.cursor(), signal });
  }

  async run(): Promise<StreamEnd> {
    const forget = this.#belonging.onReplaced(
      () => this.#run,
      () => this.#openedAt,
      (doubtful) => {
        // Where no known line has come again, it may be the log of the other run, and that may be silent for days.
        if (doubtful || this.#following?.searching === true) this.#following?.stop();
      },
    );
    try {
      return await this.#all();
    } finally {
      forget();
    }
  }

  async #all(): Promise<StreamEnd> {
    for (let before: NextRead | undefined; ;) {
      this.#signal.throwIfAborted();
      const read = this.#next();
      // Failures of another reading are no reason to give this one up.
      if (read !== before) this.#failures = 0;
      before = read;
      if (read === 'replaced') this.#belonging.leave();
      if (read === 'gone' && this.#belonging.ofOtherPod && this.#belonging.leave()) this.#outlet.tell(nameTaken);
      if (read === 'gone' || read === 'replaced') return this.#end({ kind: read === 'gone' ? 'gone' : 'ended' }, true);
      const cursor = this.#outlet.cursor();
      const answer = await this.#open(read, cursor);
      const end =
        answer.kind === 'stream' ? await this.#read(answer.body, read, cursor) : await this.#answered(answer, read);
      if (end) return end;
    }
  }

  #next(): NextRead {
    const { follow, previous } = this.#request;
    if (previous || !follow) return 'whole';
    if (this.#belonging.ofOtherPod) return 'gone';
    const now = this.#deps.container();
    if (now?.containerId !== undefined && isRun(now, this.#run)) {
      this.#run = { containerId: now.containerId, restartCount: now.restartCount };
    }
    return nextRead(now, this.#run);
  }

  #open(read: NextRead, cursor: Cursor | undefined): Promise<LogAnswer> {
    this.#openingMs = this.#deps.clock.monotonic();
    this.#askedMs ??= this.#openingMs;
    const point = {
      follow: read === 'follow',
      previous: this.#request.previous || read === 'previous',
      cursor,
      pastIsDone: this.#pastIsDone,
      openedAt: this.#openedAt,
      waitedMs: this.#openingMs - this.#askedMs,
    };
    return openAt(this.#deps.open, this.#request, point, this.#signal);
  }

  /** One connection; undefined: and then the next. */
  async #read(body: IncomingMessage, read: NextRead, cursor: Cursor | undefined): Promise<StreamEnd | undefined> {
    const { clock } = this.#deps;
    const openedMs = clock.monotonic();
    if (read === 'follow' && this.#next() !== read && (cursor || this.#belonging.isDoubtful(this.#run))) {
      // The next run has begun while it was opened.
      body.destroy();
      return undefined;
    }
    this.#fresh = false;
    let watch: StallWatch | undefined;
    const inHand = this.#belonging.inHand();
    const opening = { read, run: this.#run, inHand, openedMs, isFirst: !this.#attached, known: cursor !== undefined };
    const unsure = this.#belonging.isUnsure(opening);
    const confirm = this.#belonging.confirmation(opening, this.#signal);
    const attempt = this.#attempt(body, cursor, confirm, () => watch?.heard());
    if (!this.#attached) this.#attach(body);
    if (read === 'follow') this.#following = attempt;
    if (read === 'follow' && this.#request.stallCheckMs > 0) watch = this.#watch(attempt);
    let end;
    try {
      end = await attempt.run();
    } finally {
      watch?.stop();
      this.#following = undefined;
    }
    this.#last = { attempt, end };
    if (this.#outlet.full) {
      await this.#firstLine;
      return { kind: 'ended' };
    }
    const missing = end.kind === 'foreign' || (end.kind === 'ended' && attempt.searching);
    if (unsure && missing) return this.#disown(read, inHand, openedMs);
    if (unsure && !attempt.searching) this.#belonging.found();
    const limited = cursor === undefined && attempt.received >= (this.#request.limitBytes ?? Infinity);
    if (end.kind === 'ended' && (read !== 'follow' || limited)) {
      const isOther = read === 'whole' && this.#request.follow && attempt.searching;
      // Without a line that is known it may be the log of the next run, of which the watch has not told yet.
      if (isOther && !(await isStillRun(this.#deps, this.#run, openedMs, this.#signal))) return undefined;
      const over = await this.#end({ kind: 'ended' });
      if (read === 'whole' && this.#request.follow) this.#belonging.leaveDoubtful(this.#run);
      return over;
    }
    // What cannot be had for certain while nobody tells of runs is not had.
    if (end.kind === 'foreign' && read === 'previous' && !this.#watched) return this.#end({ kind: 'ended' });
    // Stopped for having missed lines, or not ours: what is to be read next is to be read now.
    if (end.kind === 'stopped' || end.kind === 'foreign') return undefined;
    const livedMs = clock.monotonic() - openedMs;
    this.#pastIsDone ||= livedMs >= passableMs;
    this.#failures = failuresAfter(this.#failures, livedMs, this.#fresh);
    // What brought new lines is no failure to speak of.
    if (end.kind === 'cut') return this.#retry({ message: end.message, read, quietly: this.#fresh ? Infinity : 1 });
    if (!this.#watched && isOver(this.#failures)) return this.#end({ kind: 'ended' });
    return this.#retry({ message: 'the server ended the stream', read, quietly: quietEnds, livedMs });
  }

  /** What was given does not stand in that log: reads all of it. */
  async #disown(read: NextRead, inHand: Run, openedMs: number): Promise<StreamEnd | undefined> {
    if (read === 'previous' && !(await isStillRun(this.#deps, inHand, openedMs, this.#signal))) {
      return this.#watched ? undefined : this.#end({ kind: 'ended' });
    }
    this.#belonging.disown(this.#run, read);
    this.#begun = false;
    this.#pastIsDone = false;
    this.#last = undefined;
    return undefined;
  }

  #attempt(
    body: IncomingMessage,
    cursor: Cursor | undefined,
    confirm: AttemptOptions['confirm'],
    heard: () => void,
  ): Attempt {
    const { clock } = this.#deps;
    const { maxLineBytes, tailLines } = this.#request;
    const attempt: Attempt = new Attempt({
      body,
      clock,
      signal: this.#signal,
      maxLineBytes,
      resumption: cursor && new Resumption(cursor, { firstIsTail: (tailLines ?? 0) > 0 && this.#outlet.remembersAll }),
      confirm,
      on: {
        heard,
        lines: (block) => this.#give(block, attempt),
        gap: (gap) => this.#sink.notice({ kind: 'gap', ...gap, why: 'the log was rotated, or lines were lost' }),
        message: (text) => this.#outlet.tell(text),
        truncated: (bytes) => this.#sink.notice({ kind: 'truncated', bytes }),
      },
    });
    return attempt;
  }

  /** What the watch says of the container is not out of date. */
  get #watched(): boolean {
    return this.#deps.watched?.() !== false;
  }

  #attach(body: IncomingMessage): void {
    this.#attached = true;
    this.#sink.notice({ kind: 'attached' });
    this.#openedAt = stampOfDate(body.headers.date);
  }

  #watch(attempt: Attempt): StallWatch {
    return watchForStall({
      clock: this.#deps.clock,
      random: this.#random,
      checkMs: this.#request.stallCheckMs,
      paused: () => attempt.paused,
      isBehind: this.#isBehind,
      onStall: () => attempt.stop(),
    });
  }

  #give(block: Buffer, attempt: Attempt): Promise<void> | undefined {
    this.#fresh = true;
    this.#belonging.note(block);
    if (!this.#begun) this.#begin(block);
    const wait = this.#outlet.give(block);
    if (this.#outlet.full) attempt.stop();
    return wait;
  }

  #begin(block: Buffer): void {
    this.#begun = true;
    const { tailLines = 0 } = this.#request;
    if (tailLines > 0 && !this.#pastIsDone && (tailLines === 1 || mayBeFragment(block)))
      this.#firstLine = this.#lookAtFirst(block);
  }

  async #lookAtFirst(block: Buffer): Promise<void> {
    const first = Buffer.from(block.subarray(0, block.indexOf('\n') + 1));
    const asked = { open: this.#deps.open, request: this.#request, signal: this.#signal };
    if (await isFragment(asked, first)) this.#sink.notice({ kind: 'fragment' });
  }

  async #answered(answer: Exclude<LogAnswer, { kind: 'stream' }>, read: NextRead): Promise<StreamEnd | undefined> {
    switch (answer.kind) {
      case 'waiting':
        if (read !== 'follow') {
          this.#outlet.tell(answer.message);
          return this.#end({ kind: 'ended' });
        }
        if (this.#deps.container()?.state === 'running' || !this.#watched)
          return this.#failed({ ...answer, read, quietly: quietEnds });
        await this.#deps.changed(this.#signal);
        return undefined;
      case 'no-previous':
        return this.#end(read === 'previous' ? { kind: 'ended' } : answer, read === 'previous');
      case 'gone':
        // A kubelet that has just started does not know its pods yet.
        if (read === 'follow' && this.#deps.container() !== undefined && (this.#watched || !isGone(this.#failures))) {
          return this.#failed({ ...answer, read });
        }
        return this.#end({ kind: 'gone' }, true);
      case 'transient':
        return this.#failed({ ...answer, read }, answer.cut ? this.#deps.clock.monotonic() - this.#openingMs : 0);
      case 'refused':
        if (mayHeal(answer.error, this.#attached, this.#failures)) {
          return this.#failed({ message: answer.error.message, read, retryAfterMs: answer.error.retryAfterMs });
        }
        return this.#end({ kind: 'failed', error: answer.error });
    }
  }

  #failed(failure: Failure, keptMs = 0): Promise<StreamEnd | undefined> {
    this.#failures = failuresAfter(this.#failures, keptMs, false);
    return this.#retry(failure);
  }

  async #retry({ message, read, quietly = 1, livedMs = 0, retryAfterMs = 0 }: Failure): Promise<StreamEnd | undefined> {
    if (isHopeless(this.#failures, read, this.#request.follow)) {
      return this.#end({ kind: 'failed', error: unreadable(this.#request.ref, message, this.#deps.kubectl) });
    }
    if (this.#failures > quietly) this.#sink.notice({ kind: 'retry', message, attempt: this.#failures });
    const ms = pauseMs(this.#failures, this.#random) - livedMs;
    if (retryAfterMs > ms) await this.#deps.clock.sleep(retryAfterMs, this.#signal);
    else await sleepUnless(this.#deps, ms, () => this.#next() !== read, this.#signal);
    return undefined;
  }

  /** Nothing more will be asked: what was held back is given. `unread`: the log is gone, or that of another run. */
  async #end(end: StreamEnd, unread = false): Promise<StreamEnd> {
    await this.#firstLine;
    if (!this.#last) return end;
    if (this.#last.end.kind === 'ended') await this.#last.attempt.complete();
    const gap = lostAtEnd(this.#last, this.#outlet.cursor()?.last ?? '', unread);
    if (gap) this.#sink.notice(gap);
    return end;
  }
}
