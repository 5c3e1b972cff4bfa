/** Reads a file inside a container, every byte once, over cut connections, rotation and restarts of the container. */
import { follow as followSignal } from '../../cluster/abort.ts';
import type { ExecSink } from '../../cluster/exec-file.ts';
import type { ExecEnd } from '../../cluster/exec-status.ts';
import type { LogCluster } from '../../cluster/log-cluster.ts';
import { failuresAfter, pauseMs } from '../stream/pause.ts';
import { LineSplitter } from '../stream/splitter.ts';
import type { ContainerStreamDeps, ContainerStreamRequest, ContainerStreamSink, StreamEnd } from '../stream/stream.ts';
import { sleepUnless } from '../stream/wait.ts';
import { FileAccess } from './access.ts';
import { arrivalStamp, stamped } from './arrival.ts';
import { aboutFile, afterPart, afterTail, unreadableFile, type Reading } from './commands.ts';
import { createComplaints, type Complaints } from './complaints.ts';
import { countWindow } from './count-window.ts';
import { Intake } from './intake.ts';
import { nextAttach, type NextAttach } from './next-attach.ts';
import { startAt, startAtEnd, startOfLast, theBeginning, windowBytes, type Place, type Start } from './place.ts';
import { refind } from './refind.ts';
import type { Print } from './window.ts';

export interface FileDeps extends ContainerStreamDeps {
  readonly exec: LogCluster['exec'];
  readonly path: string;
  /** Where the run before this one stood in the file of that name. */
  readonly former: Place | undefined;
  /** Told of every step. */
  readonly stands: (place: Place) => void;
}

/** With their pauses 3 s. */
const triesWithoutFollow = 5;

/** After a restart the last bytes of the former run may still be on their way. */
const lastBytesMs = 3_000;

/** So often the name of a quiet file is looked at where tail does not do that. */
const lookAgainMs = 30_000;

const brokenOff: ExecEnd = { kind: 'cut', message: 'the connection ended before the file did' };

type Step = StreamEnd | { readonly kind: 'again'; readonly message: string; readonly livedMs: number };

export class FileStream {
  readonly #deps: FileDeps;
  readonly #request: ContainerStreamRequest;
  readonly #sink: ContainerStreamSink;
  readonly #signal: AbortSignal;
  readonly #splitter: LineSplitter;
  readonly #complaints: Complaints;
  readonly #file: FileAccess;
  #lines: Buffer[] = [];
  #place: Place | undefined;
  /** Another run's place: whether its file is still there is not known. */
  #isFormer: boolean;
  /** What is at the place is not what was there. */
  #differs = false;
  #stamp = '';
  #failures = 0;
  #fresh = false;

  constructor(deps: FileDeps, request: ContainerStreamRequest, sink: ContainerStreamSink, signal: AbortSignal) {
    this.#deps = deps;
    this.#request = request;
    this.#sink = sink;
    this.#signal = signal;
    this.#place = deps.former;
    this.#isFormer = deps.former !== undefined;
    this.#complaints = createComplaints((text) => this.#tell(text));
    const { exec, path } = deps;
    this.#file = new FileAccess({ exec, path, ref: request.ref, complaints: this.#complaints });
    this.#splitter = new LineSplitter({
      maxLineBytes: request.maxLineBytes,
      give: (lines) => void this.#lines.push(lines),
      onTruncated: (bytes) => sink.notice({ kind: 'truncated', bytes }),
    });
  }

  /** @throws the signal's reason, and whatever the sink throws */
  async run(): Promise<StreamEnd> {
    for (;;) {
      this.#signal.throwIfAborted();
      const next = this.#next();
      if (next === 'wait') {
        await this.#deps.changed(this.#signal);
        continue;
      }
      if (next !== 'attach') return this.#close({ kind: next === 'gone' ? 'gone' : 'ended' });
      const step = await this.#attach();
      if (step.kind !== 'again') return this.#close(step);
      this.#failures = failuresAfter(this.#failures, step.livedMs, this.#fresh);
      this.#fresh = false;
      if (!this.#request.follow && this.#failures >= triesWithoutFollow) {
        return this.#close({ kind: 'failed', error: unreadableFile(this.#reading(), step.message) });
      }
      if (this.#failures > 1) {
        this.#sink.notice({ kind: 'retry', message: step.message, attempt: this.#failures });
      }
      const ms = pauseMs(this.#failures, this.#deps.random ?? Math.random);
      await sleepUnless(this.#deps, ms, () => this.#next() !== 'attach', this.#signal);
    }
  }

  #next(): NextAttach {
    const { containerId, restartCount, follow } = this.#request;
    return nextAttach(this.#deps.container(), { containerId, restartCount }, follow);
  }

  #reading(stderr = ''): Reading {
    const { path, kubectl } = this.#deps;
    return { ref: this.#request.ref, path, follow: this.#request.follow, stderr, kubectl };
  }

  /** One connection to the file, after a look at how long it is. */
  async #attach(): Promise<Step> {
    const beganMs = this.#deps.clock.monotonic();
    const size = await this.#file.size(this.#signal);
    if (size.kind === 'other') return this.#after(size.end, beganMs);
    if (size.kind === 'missing') {
      if (!this.#request.follow) return { kind: 'failed', error: unreadableFile(this.#reading(), size.why) };
      // Such a tail does not wait for its file.
      if (!this.#file.followsByName) return this.#after({ kind: 'cut', message: size.why }, beganMs);
    }
    const start = await this.#start(size.kind === 'size' ? size.bytes : 0);
    if ('end' in start) return this.#after(afterPart(start.end, this.#complaints.last), beganMs);
    const end = await this.#read(start);
    const isShort = size.kind === 'size' && (this.#place?.offset ?? 0) < size.bytes;
    return this.#after(isShort && this.#lostItsEnd(end) ? brokenOff : end, beganMs);
  }

  /** Servers may drop what a slow reader has not taken when the program ends; a second try that brings nothing is proof. */
  #lostItsEnd(end: ExecEnd): boolean {
    return !this.#request.follow && this.#fresh && end.kind === 'exited' && end.code === 0;
  }

  #after(end: ExecEnd, beganMs: number): Step {
    if (end.kind === 'gone' && this.#deps.watched?.() === false) return { kind: 'gone' };
    const livedMs = this.#deps.clock.monotonic() - beganMs;
    if (this.#file.hasAnother(end)) {
      this.#failures = 0;
      return { kind: 'again', message: 'another tail is tried', livedMs };
    }
    const after = afterTail(end, this.#reading(this.#complaints.last));
    if (after.kind === 'failed') return after;
    if (after.kind === 'done') return { kind: 'ended' };
    return { ...after, livedMs };
  }

  async #start(size: number): Promise<Start | { readonly end: ExecEnd }> {
    if (this.#place) return this.#goOn(this.#place, size);
    const { tailLines } = this.#request;
    if (tailLines === undefined || size === 0) return theBeginning;
    if (tailLines === 0) return startAtEnd(size);
    for (let attempt = 0; ; attempt += 1) {
      const from = Math.max(0, size - windowBytes(tailLines, attempt));
      const counted = await countWindow(this.#printer(from), from, size, this.#signal);
      if ('end' in counted) return counted;
      const start = startOfLast(tailLines, counted);
      if (start) return start;
    }
  }

  async #goOn(place: Place, size: number): Promise<Start | { readonly end: ExecEnd }> {
    const start = this.#differs ? undefined : startAt(place, size);
    if (start) return start;
    // The file of another run of the container may have the same beginning.
    const found = this.#isFormer ? undefined : await refind(this.#printer(0), place, size, this.#signal);
    if (found && 'end' in found) return found;
    this.#differs = false;
    if (found) this.#stand(found);
    else this.#isAnother(place);
    return (found && startAt(found, size)) ?? theBeginning;
  }

  /** For looks at what is read again later, if at all. */
  #printer(from: number): Print {
    const print = this.#file.printer(from, false);
    const stderr = (bytes: Buffer): void => void this.#complaints.push(bytes);
    return (sink, signal) => print({ stdout: (bytes) => sink.stdout(bytes), stderr }, signal);
  }

  async #read(start: Start): Promise<ExecEnd> {
    const intake = new Intake(start);
    const own = followSignal(this.#signal);
    let another = false;
    const sink: ExecSink = {
      stdout: (bytes) => {
        const fresh = another ? undefined : intake.push(bytes);
        if (fresh) return this.#give(fresh, intake);
        another = true;
        own.abort(new Error('another file'));
        return undefined;
      },
      stderr: (bytes) => {
        const news = this.#complaints.push(bytes).map(aboutFile);
        if (news.every((about) => about === 'same')) return;
        // The half line is of the file before.
        if (news.includes('another')) this.#splitter.endLine();
        intake.begin();
        this.#standAt(intake);
      },
    };
    const { follow } = this.#request;
    const until = follow ? this.#endWithRun(own) : undefined;
    try {
      return await this.#file.printer(start.from, follow)(sink, own.signal);
    } catch (error) {
      if (this.#signal.aborted || !own.signal.aborted) throw error;
      this.#differs = another;
      if (another) this.#failures = 0;
      return { kind: 'cut', message: another ? 'it is another file' : 'the container was restarted' };
    } finally {
      until?.abort(new Error('the connection has ended'));
      own.release();
    }
  }

  /** Ends a connection that does not notice that its container is gone, or that there is another file. */
  #endWithRun(own: { readonly signal: AbortSignal; abort(reason: unknown): void }): AbortController {
    const ended = new AbortController();
    const watch = async (): Promise<void> => {
      while (this.#next() === 'attach') await this.#deps.changed(ended.signal);
      await this.#deps.clock.sleep(lastBytesMs, ended.signal);
      own.abort(new Error('the run has ended'));
    };
    // They are ended with the connection, as a rule.
    void watch().catch(() => {});
    if (!this.#file.followsByName) {
      const look = this.#untilAnother(ended.signal).then(() => own.abort(new Error('there may be another file')));
      void look.catch(() => {});
    }
    return ended;
  }

  /** A file that does not grow is looked at by its name. */
  async #untilAnother(signal: AbortSignal): Promise<void> {
    for (;;) {
      const before = this.#place?.offset ?? 0;
      await this.#deps.clock.sleep(lookAgainMs, signal);
      if (before !== (this.#place?.offset ?? 0)) continue;
      const size = await this.#file.size(signal);
      if (size.kind !== 'size' || size.bytes !== before) return;
    }
  }

  #give(fresh: Buffer, intake: Intake): Promise<void> | undefined {
    this.#standAt(intake);
    if (fresh.length === 0) return undefined;
    this.#fresh = true;
    this.#splitter.push(fresh);
    return this.#flush();
  }

  #flush(): Promise<void> | undefined {
    const lines = this.#lines;
    if (lines.length === 0) return undefined;
    this.#lines = [];
    this.#stamp = arrivalStamp(this.#deps.clock);
    return this.#sink.block(stamped(Buffer.concat(lines), this.#stamp));
  }

  #standAt(intake: Intake): void {
    const place = intake.place();
    if (place) this.#stand(place);
  }

  #stand(place: Place): void {
    this.#place = place;
    this.#isFormer = false;
    this.#deps.stands(place);
  }

  /** What was read of is not there any more: all of the file that is there now is new. */
  #isAnother({ mixed, offset }: Place): void {
    this.#splitter.endLine();
    this.#failures = 0;
    // Of the next file nothing was read yet.
    if (mixed && offset === 0) return;
    if (this.#isFormer) this.#tell(`the container was restarted: ${this.#deps.path} is read from its beginning`);
    else this.#gap();
    this.#isFormer = false;
    this.#stand({ offset: 0, last: Buffer.alloc(0), mixed: false });
  }

  #gap(): void {
    const to = arrivalStamp(this.#deps.clock);
    const why = `while the connection was cut ${this.#deps.path} was replaced or rewritten: it is read from its beginning, some lines perhaps again`;
    this.#sink.notice({ kind: 'gap', from: this.#stamp === '' ? to : this.#stamp, to, why });
  }

  #tell(text: string): void {
    this.#sink.notice({ kind: 'server-message', text });
  }

  /** A last line without a line feed counts. */
  async #close(end: StreamEnd): Promise<StreamEnd> {
    this.#splitter.endLine();
    this.#complaints.end();
    await this.#flush();
    return end;
  }
}
