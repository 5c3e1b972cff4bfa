/** Reads the log of a container from its files, and follows it over rotations and restarts. */
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { LogPlace } from './container.ts';
import { resolveInside } from './inside-root.ts';
import { LogOutput, type LocalRequest, type LocalSink } from './log-output.ts';
import { runsAmong } from './names.ts';
import { nextMove } from './next-move.ts';
import { namesIn } from './open-file.ts';
import { fileProblem, isMissing } from './problems.ts';
import { RunFiles, type RunDeps, type RunStart } from './run-files.ts';
import { createWake } from './wake.ts';

export interface FollowDeps {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly clock: Clock;
}

type FilePlace = Extract<LogPlace, { readonly kind: 'files' }>;

/**
 * Ends when everything asked for was read, or when the container was removed.
 *
 * @throws KmaintError `logs.local-denied`, `logs.local-unreadable`; the signal's reason
 */
export async function followLog(
  place: FilePlace,
  request: LocalRequest,
  sink: LocalSink,
  { root, clock }: FollowDeps,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const output = new LogOutput(request, sink);
  const wake = createWake(clock, signal);
  const follower = new Follower(place, { root, clock, output, wake, signal });
  try {
    await follower.start(request);
    if (request.follow && request.previous !== true) {
      while ((await follower.step()) && !output.done) await wake.wait();
    }
    await follower.finish();
  } finally {
    wake.close();
    await follower.close();
  }
}

class Follower {
  readonly #place: FilePlace;
  readonly #deps: RunDeps;
  #files: RunFiles | undefined;
  #run: number | undefined;

  constructor(place: FilePlace, deps: RunDeps) {
    this.#place = place;
    this.#deps = deps;
  }

  async start(request: LocalRequest): Promise<void> {
    const { sink } = this.#deps.output;
    const runs = await this.#runs();
    if (!runs) return sink.notice('its log was removed');
    if (request.previous === true && runs.length < 2)
      return sink.notice('there is no log of a run before the last one');
    const run = runs.at(request.previous === true ? -2 : -1);
    if (run !== undefined) await this.#begin(run, { ...request, follow: request.follow && request.previous !== true });
  }

  /** False when the container is gone. */
  async step(): Promise<boolean> {
    await this.#files?.read();
    while (this.#deps.wake.namesChanged()) {
      if (!(await this.#move())) return false;
    }
    return true;
  }

  async finish(): Promise<void> {
    await this.#files?.finish();
  }

  async close(): Promise<void> {
    await this.#files?.close();
  }

  async #move(): Promise<boolean> {
    for (;;) {
      const present = await this.#files?.present();
      const move = nextMove({ runs: await this.#runs(), present, run: this.#run, followed: this.#files?.followed });
      if (move.kind === 'stay') return true;
      if (move.kind === 'leave') return false;
      if (move.kind === 'next-file') await this.#files?.nextFile();
      else await this.#restart(move.run);
    }
  }

  async #restart(run: number): Promise<void> {
    if (this.#files) {
      await this.#files.finish();
      await this.#files.close();
      const { sink } = this.#deps.output;
      const missed = run - (this.#run ?? run) - 1;
      if (missed > 0) sink.gap(missedText(missed));
      sink.notice(`the container was started again (run ${run})`);
    }
    await this.#begin(run, { follow: true });
  }

  async #begin(run: number, start: RunStart): Promise<void> {
    const { folder, file } = this.#place;
    this.#run = run;
    this.#files = new RunFiles(join(folder, file ?? `${run}.log`), this.#deps);
    await this.#files.begin(start);
  }

  /** Undefined when the container's folder is gone. */
  async #runs(): Promise<readonly number[] | undefined> {
    const { folder, file } = this.#place;
    const real = await realFolder(this.#deps.root, folder);
    if (real === undefined) return undefined;
    this.#deps.wake.add(real);
    const names = await namesIn(real);
    if (!names || file === undefined) return names && runsAmong(names);
    return names.includes(file) ? [0] : [];
  }
}

function missedText(runs: number): string {
  if (runs === 1) return 'a run came and went, and its log was removed before it could be read';
  return `${runs} runs came and went, and their logs were removed before they could be read`;
}

async function realFolder(root: string, folder: string): Promise<string | undefined> {
  try {
    return await resolveInside(root, folder);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileProblem(join(root, folder), error);
  }
}
