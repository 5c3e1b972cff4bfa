/** `--rotated`: before a log that the API gives, and in its gaps, the lines of the files that the node has rotated away. */
import type { LogSource } from '../line.ts';
import { LogOutput } from '../local/log-output.ts';
import type { RotatedName } from '../local/names.ts';
import { stampOf, type Stamp } from '../local/timestamp.ts';
import type { LogReader } from '../reader.ts';
import { followContainer } from '../stream/follow.ts';
import type { ContainerStreamRequest, ContainerStreamSink, StreamNotice } from '../stream/stream.ts';
import { listRotated, openRotated, type NodeFilesDeps, type Refusal } from './node-files.ts';
import { after, createBehind, findLine, firstLineOf, lastLineOf } from './seam.ts';

/** What was refused once is not asked again. */
interface Refused {
  everywhere: boolean;
  readonly nodes: Set<string>;
}

/** Each container begins with what was rotated; those whose last lines alone are wanted are read as ever. */
export function rotatedReader(deps: Omit<NodeFilesDeps, 'kubectl'>): LogReader {
  const refused: Refused = { everywhere: false, nodes: new Set() };
  const read: LogReader = async (source, given, request, sink, signal) => {
    if (request.tailLines !== undefined) return followContainer(given, request, sink, signal);
    const past = new Past({ ...deps, kubectl: given.kubectl, refused, signal }, source, request, sink);
    await past.begin();
    const end = await followContainer(given, request, past.sink, signal);
    await past.end();
    return end;
  };
  return Object.assign(read, { readsLog: true as const });
}

interface PastDeps extends NodeFilesDeps {
  readonly refused: Refused;
  readonly signal: AbortSignal;
}

interface Gap {
  readonly notice: StreamNotice & { readonly kind: 'gap' };
  /** The line before it; undefined: there was none. */
  readonly last: Buffer | undefined;
}

class Past {
  /** For the log itself: what is missing before its lines comes first. */
  readonly sink: ContainerStreamSink;
  readonly #deps: PastDeps;
  readonly #source: LogSource;
  readonly #request: ContainerStreamRequest;
  readonly #out: ContainerStreamSink;
  /** Stems of files that were read. */
  readonly #read = new Set<string>();
  /** The first lines of the log have come, here or to the stream before this one. */
  #begun: boolean;
  /** The last line that the log gave. */
  #last: Buffer | undefined;
  #gaps: Gap[] = [];
  #waiting: Promise<void> | undefined;

  constructor(deps: PastDeps, source: LogSource, request: ContainerStreamRequest, out: ContainerStreamSink) {
    this.#deps = deps;
    this.#source = source;
    this.#request = request;
    this.#out = out;
    this.#begun = request.given !== undefined;
    this.#last = request.given && lastLineOf(request.given.given.lines);
    this.sink = {
      block: (lines) => {
        this.#last = Buffer.from(lastLineOf(lines));
        if (this.#begun && this.#gaps.length === 0 && !this.#waiting) return out.block(lines);
        return this.#inTurn(Buffer.from(lines));
      },
      notice: (notice) => {
        if (notice.kind === 'gap') this.#gaps.push({ notice, last: this.#last });
        else out.notice(notice);
      },
    };
  }

  /** What comes before a log that is taken up was given when that was begun. */
  async begin(): Promise<void> {
    if (!this.#begun) await this.#fill(undefined, undefined);
  }

  /**
   * Gives the lines of the rotated files that were not read yet.
   *
   * @param gap only what stands behind the line before it
   * @param first the line with which the log goes on, as it stands in files: with it begins what is known
   * @returns how many lines there were
   */
  async #fill(gap: Gap | undefined, first: Buffer | undefined): Promise<number> {
    const { refused, signal } = this.#deps;
    const { node } = this.#source;
    const { restartCount, previous } = this.#request;
    if (refused.everywhere || refused.nodes.has(node) || node === '') return 0;
    const run = (restartCount ?? 0) - (previous ? 1 : 0);
    const listed = await listRotated(this.#deps, this.#source, run, signal);
    if (listed.kind !== 'files') return this.#refuse(listed);
    let lines = 0;
    const count = (block: Buffer): Promise<void> | undefined => {
      lines += linesIn(block);
      return this.#out.block(block);
    };
    const seam = createSeam(first, count);
    const behind = gap && createBehind(gap.last && firstLineOf(gap.last), after(gap.notice.from));
    const output = this.#output(gap, (block) => {
      const wanted = behind ? behind.pass(block) : block;
      return wanted && seam.block(wanted);
    });
    for (const file of listed.files) {
      if (this.#read.has(file.stem) || seam.reached) continue;
      await this.#copy(file, output, () => seam.reached);
    }
    if (!seam.reached) await output.endRun();
    const rest = behind?.rest();
    if (rest) await seam.block(rest);
    return lines;
  }

  /** Gaps at the end of the log have no line behind them. */
  async end(): Promise<void> {
    await this.begin();
    await this.#close(undefined);
  }

  /** The two blocks of one chunk may come before the first is taken. */
  #inTurn(lines: Buffer): Promise<void> {
    const turn = (this.#waiting ?? Promise.resolve())
      .then(() => this.#before(lines))
      .finally(() => {
        if (this.#waiting === turn) this.#waiting = undefined;
      });
    this.#waiting = turn;
    return turn;
  }

  async #before(lines: Buffer): Promise<void> {
    const first = firstLineOf(lines);
    // It may have been rotated between the look at the folder and the opening of the log.
    if (!this.#begun) await this.#fill(undefined, first);
    this.#begun = true;
    await this.#close(first);
    await this.#out.block(lines);
  }

  async #close(first: Buffer | undefined): Promise<void> {
    const gaps = this.#gaps;
    this.#gaps = [];
    for (const gap of gaps) {
      const lines = await this.#fill(gap, first);
      if (lines === 0) this.#out.notice(gap.notice);
      else this.#tell(`${lines} lines that the API did not give were read from rotated files of the node`);
    }
  }

  #output(gap: Gap | undefined, block: ContainerStreamSink['block']): LogOutput {
    const { since, stream, maxLineBytes } = this.#request;
    const { clock } = this.#deps;
    const begin: Stamp | undefined =
      // Whatever is behind a line that was asked for was asked for too.
      gap || since === undefined
        ? undefined
        : 'time' in since
          ? since.time
          : stampOf(clock.now() - since.seconds * 1000);
    return new LogOutput(
      {
        follow: false,
        since: begin,
        stream: stream === undefined ? undefined : stream === 'Stdout' ? 'stdout' : 'stderr',
        maxLineBytes,
      },
      { block, notice: (text) => this.#tell(text), gap: (text) => this.#tellGap(text) },
    );
  }

  async #copy(file: RotatedName, output: LogOutput, enough: () => boolean): Promise<void> {
    const opened = await openRotated(this.#deps, this.#source, file, this.#deps.signal);
    if (opened.kind !== 'bytes') {
      this.#tellGap(`${file.name} could not be read, its lines are missing: ${opened.why}`);
      return;
    }
    this.#read.add(file.stem);
    const reader = output.reader();
    try {
      for await (const chunk of opened.bytes) {
        await output.send(reader.push(chunk as Buffer));
        if (!enough()) continue;
        // What the log is to give of it may be missing later.
        this.#read.delete(file.stem);
        return;
      }
    } catch (error) {
      this.#deps.signal.throwIfAborted();
      this.#tellGap(`${file.name} is damaged: ${error instanceof Error ? error.message : String(error)}`);
    }
    await output.send(reader.end());
  }

  #refuse(refusal: Refusal): number {
    const { refused } = this.#deps;
    if (refusal.kind === 'forbidden') refused.everywhere = true;
    if (refusal.kind === 'node') refused.nodes.add(this.#source.node);
    this.#tell(`rotated files are left out: ${refusal.why}`);
    return 0;
  }

  #tell(text: string): void {
    this.#out.notice({ kind: 'server-message', text });
  }

  #tellGap(why: string): void {
    this.#out.notice({ kind: 'gap', from: '', to: '', why });
  }
}

interface Seam {
  readonly reached: boolean;
  readonly block: ContainerStreamSink['block'];
}

/** Passes lines on up to the first one that the log itself gives. */
function createSeam(first: Buffer | undefined, give: ContainerStreamSink['block']): Seam {
  let reached = false;
  return {
    get reached() {
      return reached;
    },
    block(block) {
      if (reached) return undefined;
      const at = first && findLine(block, first);
      if (at === undefined) return give(block);
      reached = true;
      return at === 0 ? undefined : give(block.subarray(0, at));
    },
  };
}

function linesIn(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) count += 1;
  return count;
}
