/** Lets each run of a container know what the stream of the run before it has given. */
import type { LogTarget } from '../selection/targets.ts';
import type { Left } from './doubt.ts';
import type { Run } from './next-read.ts';
import type { ContainerStreamDeps } from './stream.ts';

/** What was left of a run. */
export interface LeftOfRun extends Left {
  readonly run: Run;
}

/** The place of one stream among those of its container. */
export interface Turn {
  readonly deps: Required<Pick<ContainerStreamDeps, 'replaced' | 'doubted' | 'left'>>;
  /** What the streams before left, once those are over whose lines may be this run's. */
  before(): Promise<LeftOfRun | undefined>;
  /** Its own log is read from now on. */
  begun(): void;
  /** The stream is over. */
  end(): void;
}

interface Stream {
  readonly key: string;
  readonly replaced: AbortController;
  readonly over: Promise<void>;
  /** What it gave may be the next run's, or it has not begun. */
  doubted: boolean;
}

interface Kept extends LeftOfRun {
  readonly key: string;
  readonly isNeeded: () => boolean;
}

/** What was left is looked through for what nobody needs any more when there is so much of it, or twice as much as was needed. */
const fewLeft = 64;

export class RunOrder {
  /** The stream opened last, by container. */
  readonly #streams = new Map<string, Stream>();
  /** By container: only of those whose next run has to know. */
  readonly #left = new Map<string, Kept>();
  #mostLeft = fewLeft;

  /** A run is wanted: that of the same container that is read may be it. */
  seen(target: LogTarget): void {
    const stream = this.#streams.get(placeOf(target));
    if (stream && stream.key !== target.key) stream.replaced.abort(new Error('another run has begun'));
  }

  /** @param isThere whether the pod is; what is left of one that has gone is dropped */
  begin(target: LogTarget, isThere: () => boolean): Turn {
    const place = placeOf(target);
    const { key, source, container } = target;
    const before = this.#streams.get(place);
    let end = (): void => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    const stream: Stream = { key, replaced: new AbortController(), over, doubted: true };
    this.#streams.set(place, stream);
    const run = { containerId: source.containerId, restartCount: container.restartCount };
    return {
      deps: {
        replaced: stream.replaced.signal,
        doubted: () => void (stream.doubted = true),
        left: (left) => {
          const latest = this.#streams.get(place);
          // Where the next run is being read, nobody asks for it any more.
          if (latest && latest !== stream && !latest.doubted) return;
          this.#keep(place, { ...left, run, key, isNeeded: isThere });
        },
      },
      before: async () => {
        if (before?.doubted === true) await before.over;
        const left = this.#left.get(place);
        this.#left.delete(place);
        return left?.key === key ? undefined : left;
      },
      begun: () => void (stream.doubted = false),
      end: () => {
        if (this.#streams.get(place) === stream) this.#streams.delete(place);
        end();
      },
    };
  }

  #keep(place: string, left: Kept): void {
    this.#left.set(place, left);
    if (this.#left.size <= this.#mostLeft) return;
    for (const [one, { isNeeded }] of this.#left) if (!isNeeded()) this.#left.delete(one);
    this.#mostLeft = Math.max(fewLeft, 2 * this.#left.size);
  }
}

function placeOf({ source: { context = '', podUid, container } }: LogTarget): string {
  return `${podUid}/${container} ${context}`;
}
