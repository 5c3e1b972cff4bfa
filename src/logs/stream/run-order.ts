/** Lets each run of a container know what the stream of the run before it has given. */
import type { LogTarget } from '../selection/targets.ts';
import { NameTaken, type Left } from './doubt.ts';
import type { Run } from './next-read.ts';
import type { ContainerStreamDeps } from './stream.ts';

/** What was left of a run. */
export interface LeftOfRun extends Left {
  readonly run: Run;
  /** The run was that of another pod, which had the same name. */
  readonly ofOtherPod: boolean;
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
  readonly place: string;
  readonly containerId: string;
  /** What it gave may be the next run's, or it has not begun. */
  doubted: boolean;
  /** The place of the container whose log it may be; undefined: nobody has taken the name of its pod. */
  heir: string | undefined;
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
  /** The same, by the name under which the log is asked for. */
  readonly #named = new Map<string, Stream>();
  /** By container: only of those whose next run has to know. */
  readonly #left = new Map<string, Kept>();
  #mostLeft = fewLeft;

  /** A run is wanted: that of the same container that is read may be it, or that of a pod which had its name. */
  seen(target: LogTarget): void {
    const place = placeOf(target);
    const stream = this.#streams.get(place);
    if (stream && stream.key !== target.key) stream.replaced.abort(new Error('another run has begun'));
    const namesake = this.#named.get(nameOf(target));
    if (!namesake || namesake.place === place) return;
    namesake.heir = place;
    const sameContainer = target.source.containerId === namesake.containerId;
    namesake.replaced.abort(new NameTaken({ createdAt: target.pod.createdAt, sameContainer }));
  }

  /** @param isThere whether the pod is; what is left of one that has gone is dropped */
  begin(target: LogTarget, isThere: () => boolean): Turn {
    const place = placeOf(target);
    const { key, source, container } = target;
    const name = nameOf(target);
    const namesake = this.#named.get(name);
    const before = this.#streams.get(place) ?? (namesake?.heir === place ? namesake : undefined);
    let end = (): void => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    const stream: Stream = {
      key,
      replaced: new AbortController(),
      over,
      place,
      containerId: source.containerId,
      doubted: true,
      heir: undefined,
    };
    this.#streams.set(place, stream);
    this.#named.set(name, stream);
    const run = { containerId: source.containerId, restartCount: container.restartCount };
    return {
      deps: {
        replaced: stream.replaced.signal,
        doubted: () => void (stream.doubted = true),
        left: (left) => {
          const { heir } = stream;
          const latest = this.#streams.get(heir ?? place);
          // Where the next run is being read, nobody asks for it any more.
          if (latest && latest !== stream && !latest.doubted) return;
          // Its heir was seen, and asks for it in a moment.
          const isNeeded = heir === undefined ? isThere : () => true;
          this.#keep(heir ?? place, { ...left, run, key, ofOtherPod: heir !== undefined, isNeeded });
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
        if (this.#named.get(name) === stream) this.#named.delete(name);
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

function nameOf({ source: { context = '', namespace, pod, container } }: LogTarget): string {
  return `${namespace}/${pod}/${container} ${context}`;
}
