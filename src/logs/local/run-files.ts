/** Goes through the files that the log of one run of a container was and is written to. */
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { findCopy, findPacked } from './copied-file.ts';
import { FileCursor } from './file-cursor.ts';
import { resolveInside } from './inside-root.ts';
import type { LocalRequest, LogOutput } from './log-output.ts';
import { identityAt, listRotated, openFile } from './open-file.ts';
import { unpackFrom } from './packed-file.ts';
import { fileProblem, isMissing } from './problems.ts';
import { findTail, type TailStart } from './tail-start.ts';
import { millisecondsOf } from './timestamp.ts';
import { unreadFiles, type ReadFile, type RotatedFile } from './unread.ts';
import type { Wake } from './wake.ts';

export interface RunDeps {
  readonly root: string;
  readonly clock: Clock;
  readonly output: LogOutput;
  readonly wake: Wake;
  readonly signal: AbortSignal;
}

/** Which lines of what is there already; without them all. */
export type RunStart = Pick<
  LocalRequest,
  'follow' | 'since' | 'until' | 'tail' | 'stream' | 'rotated' | 'maxLineBytes'
>;

/** A runtime may write to the old file a moment after it has made the new one; so long we look. */
const lateMs = 5000;

export class RunFiles {
  /** As seen from inside the root; may be a link. */
  readonly #path: string;
  readonly #deps: RunDeps;
  readonly #handles = new Set<FileHandle>();
  /** Stems of the rotated files that are older than the current one. */
  readonly #known = new Set<string>();
  /** Where the current file really lies. */
  #folder = '';
  #base = '';
  #current: FileCursor | undefined;
  #late: { readonly cursor: FileCursor; readonly untilMs: number }[] = [];

  constructor(path: string, deps: RunDeps) {
    this.#path = path;
    this.#deps = deps;
  }

  /** Identity of the file that is followed. */
  get followed(): string | undefined {
    return this.#current?.identity;
  }

  /** Identity of the file that lies there now. */
  async present(): Promise<string | undefined> {
    const path = await this.#locate();
    return path === undefined ? undefined : identityAt(path);
  }

  /** Reads what is there, and stands at the end of the current file. */
  async begin(start: RunStart): Promise<void> {
    const opened = await this.#openNext(undefined);
    if (!opened) return;
    const { cursor, files } = opened;
    const { rotated, offset, skip } = await this.#startAt(cursor, files, start);
    if (skip > 0) this.#deps.output.skip(skip);
    for (const [index, file] of rotated.entries())
      await this.#readRotated(file, index === 0 ? offset : 0, start.follow);
    if (rotated.length === 0) cursor.moveTo(offset);
    this.#current = cursor;
    await this.read();
  }

  /** Reads what was written since the last time. */
  async read(): Promise<void> {
    for (const { cursor } of this.#late) await this.#drain(cursor);
    if (this.#current) await this.#drain(this.#current);
    const nowMs = this.#deps.clock.monotonic();
    for (const { cursor } of this.#late.filter(({ untilMs }) => untilMs <= nowMs)) await this.#release(cursor);
    this.#late = this.#late.filter(({ untilMs }) => untilMs > nowMs);
  }

  /** Goes on with the file that lies there now, when all that was written before it is read. */
  async nextFile(): Promise<void> {
    const before = this.#current;
    const opened = await this.#openNext(before);
    if (!opened) return;
    const { cursor, files } = opened;
    if (before) this.#retire(before);
    for (const file of files) await this.#readRotated(file, 0, true);
    this.#current = cursor;
    await this.read();
  }

  /** Reads everything to its end, and closes it. */
  async finish(): Promise<void> {
    await this.read();
    for (const { cursor } of this.#late) await this.#release(cursor);
    if (this.#current) await this.#release(this.#current);
    this.#late = [];
    this.#current = undefined;
    await this.#deps.output.endRun();
  }

  async close(): Promise<void> {
    const handles = [...this.#handles];
    this.#handles.clear();
    await Promise.all(handles.map((handle) => handle.close()));
  }

  async #locate(): Promise<string | undefined> {
    try {
      return await resolveInside(this.#deps.root, this.#path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileProblem(join(this.#deps.root, this.#path), error);
    }
  }

  /** Opens the file that lies there now, and says what was written between it and the one before. */
  async #openNext(
    before: FileCursor | undefined,
  ): Promise<{ readonly cursor: FileCursor; readonly files: readonly RotatedFile[] } | undefined> {
    for (;;) {
      const cursor = await this.#open();
      if (!cursor) return undefined;
      // With its successor there, all of the old file can be read.
      await this.read();
      const rotated = await listRotated(this.#folder, this.#base);
      const listed = rotated.some(({ identity }) => identity === cursor.identity);
      if (!listed && (await this.present()) !== cursor.identity) {
        // It was rotated, and packed or removed, while we looked: where it belongs is not known.
        await this.#release(cursor);
        continue;
      }
      const read = before && (await this.#whereIs(before, rotated));
      const { files, known, gap } = unreadFiles(rotated, cursor.identity, read);
      if (gap) this.#deps.output.sink.gap('the log was rotated faster than it could be read: lines may be missing');
      for (const stem of known) this.#known.add(stem);
      return { cursor, files };
    }
  }

  async #whereIs({ identity, offset, mark }: FileCursor, rotated: readonly RotatedFile[]): Promise<ReadFile> {
    const known = this.#known;
    if (rotated.some((file) => file.identity === identity)) return { identity, packedAs: undefined, known };
    return { identity, packedAs: await findPacked(this.#folder, rotated, { offset, mark }, known), known };
  }

  async #open(): Promise<FileCursor | undefined> {
    const path = await this.#locate();
    if (path === undefined) return undefined;
    this.#folder = dirname(path);
    this.#base = basename(path);
    this.#deps.wake.add(this.#folder);
    const opened = await openFile(path);
    return opened && this.#cursorOf(opened.handle, opened.identity);
  }

  #cursorOf(handle: FileHandle, identity: string): FileCursor {
    this.#handles.add(handle);
    return new FileCursor(handle, identity, this.#deps.output.reader());
  }

  async #startAt(cursor: FileCursor, files: readonly RotatedFile[], start: RunStart): Promise<TailStart> {
    const { since, tail } = start;
    // A file that was not touched since has no later line.
    const touched = since === undefined ? files : files.filter((file) => file.modifiedMs >= millisecondsOf(since));
    const rotated = start.rotated === false ? [] : touched;
    if (tail === undefined) return { rotated, offset: 0, skip: 0 };
    return findTail(this.#folder, rotated, cursor.handle, tail, start);
  }

  async #readRotated(file: RotatedFile, offset: number, follow: boolean): Promise<void> {
    const path = join(this.#folder, file.name);
    const opened = await openFile(path);
    if (opened && !file.packed) {
      const cursor = this.#cursorOf(opened.handle, opened.identity);
      cursor.moveTo(offset);
      await this.#drain(cursor);
      await (follow ? this.#retire(cursor) : this.#release(cursor));
      return;
    }
    // It may have been packed a moment ago.
    const packed = opened ?? (await openFile(`${path}.gz`));
    if (packed) await this.#readPacked(packed.handle, file.name, offset);
    else this.#deps.output.sink.gap(`${file.name} was removed before it could be read: its lines are missing`);
  }

  async #readPacked(handle: FileHandle, name: string, offset: number): Promise<void> {
    const { output, signal } = this.#deps;
    this.#handles.add(handle);
    const reader = output.reader();
    const problem = await unpackFrom(handle, offset, signal, (chunk) => output.send(reader.push(chunk)));
    if (problem !== undefined) output.sink.gap(`${name} is damaged: ${problem}`);
    this.#handles.delete(handle);
    await output.send(reader.end());
  }

  #retire(cursor: FileCursor): void {
    this.#late.push({ cursor, untilMs: this.#deps.clock.monotonic() + lateMs });
  }

  async #release(cursor: FileCursor): Promise<void> {
    await this.#deps.output.send(cursor.reader.end());
    this.#handles.delete(cursor.handle);
    await cursor.handle.close();
  }

  async #drain(cursor: FileCursor): Promise<void> {
    const { output, signal } = this.#deps;
    while (!output.done) {
      signal.throwIfAborted();
      const answer = await cursor.read();
      if (answer.kind === 'end') return;
      if (answer.kind === 'cut') {
        await this.#afterCut(cursor);
        continue;
      }
      const taken = output.send(cursor.reader.push(answer.bytes));
      if (taken) await taken;
    }
  }

  /** The file was emptied and is written from its start again (copytruncate): its end may be in the copy. */
  async #afterCut(cursor: FileCursor): Promise<void> {
    const { output } = this.#deps;
    const copy = await findCopy(this.#folder, this.#base, cursor);
    if (copy) {
      this.#known.add(copy.name);
      const rest = new FileCursor(copy.handle, '', cursor.reader);
      this.#handles.add(copy.handle);
      rest.moveTo(cursor.offset);
      await this.#drain(rest);
      await this.#release(rest);
    } else {
      output.sink.gap('the log was emptied in place: lines before that may be missing');
      await output.send(cursor.reader.end());
    }
    cursor.moveTo(0);
  }
}
