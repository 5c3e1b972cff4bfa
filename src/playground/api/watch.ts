/** Watches: changes as they happen, for those who asked for these objects (apiserver pkg/storage/cacher). */
import type { KubeObject, ResourceType } from '../objects.ts';
import type { StoreEvent } from '../ports.ts';
import { ApiStatus } from '../status.ts';
import type { Answer, ApiRequest, ApiWorld, Sink } from './handler.ts';
import { currentObjects, matcher } from './list.ts';
import { readRevision, type ListOptions } from './query-options.ts';
import { acceptedForm } from './negotiate.ts';
import { eventWriter } from './represent.ts';
import { apiVersionOf } from '../objects.ts';

// cacher.go: bookmarks come about once a minute, and shortly before the server ends the watch.
const bookmarkEveryMs = 60_000;
const bookmarkBeforeEndMs = 2_000;
// --min-request-timeout: without a timeout of the client's, a watch lasts one to two times as long.
const shortestWatchMs = 1_800_000;
// A client that is so many events behind is cut off, and lists again.
const longestQueue = 20_000;

/** Answers a watch request; what it may not have is refused before the stream begins. */
export function answerWatch(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  namespace: string | undefined,
  options: ListOptions,
): Answer {
  const from = readRevision(options.resourceVersion, world.store.revision, 'watch');
  acceptedForm(request.headers.accept);
  return {
    status: 200,
    stream: (sink) => new WatchStream(request, world, type, namespace, options, from ?? 0).run(sink),
  };
}

class WatchStream {
  readonly #request: ApiRequest;
  readonly #world: ApiWorld;
  readonly #type: ResourceType;
  readonly #namespace: string | undefined;
  readonly #options: ListOptions;
  readonly #from: number;
  readonly #write: (object: KubeObject) => string;
  readonly #matches: (object: KubeObject) => boolean;
  #queue: string[] = [];
  #over = false;
  #wake: () => void = () => {};

  constructor(
    request: ApiRequest,
    world: ApiWorld,
    type: ResourceType,
    namespace: string | undefined,
    options: ListOptions,
    from: number,
  ) {
    this.#request = request;
    this.#world = world;
    this.#type = type;
    this.#namespace = namespace;
    this.#options = options;
    this.#from = from;
    this.#write = eventWriter(request, world, type);
    this.#matches = matcher(options);
  }

  async run(sink: Sink): Promise<void> {
    const { store, clock } = this.#world;
    const { signal } = this.#request;
    if (!this.#begin()) {
      await this.#flush(sink);
      return;
    }
    const unsubscribe = store.subscribe((event) => this.#onChange(event));
    const end = (): void => {
      this.#over = true;
      this.#wake();
    };
    signal.addEventListener('abort', end, { once: true });
    const { timeoutSeconds } = this.#options;
    const lastsMs =
      timeoutSeconds === undefined || timeoutSeconds <= 0
        ? shortestWatchMs * (1 + Math.random())
        : timeoutSeconds * 1000;
    const timers = [clock.after(lastsMs, end), ...this.#bookmarkTimers(lastsMs)];
    try {
      for (;;) {
        await this.#flush(sink);
        if (this.#over || signal.aborted) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#queue.length > 0 || this.#over) resolve();
        });
      }
    } finally {
      for (const timer of timers) timer.cancel();
      signal.removeEventListener('abort', end);
      unsubscribe();
    }
  }

  /** Queues what was there before; false when the watch ends with it. */
  #begin(): boolean {
    const { store } = this.#world;
    const initial = this.#options.sendInitialEvents;
    if (this.#from === 0 || initial) {
      for (const object of currentObjects(this.#world, this.#type, this.#namespace, this.#options)) {
        this.#push('ADDED', this.#write(object));
      }
      if (initial && this.#options.allowWatchBookmarks) {
        this.#push('BOOKMARK', this.#bookmark({ 'k8s.io/initial-events-end': 'true' }));
      }
      return true;
    }
    const missed = store.since(this.#type, this.#from);
    if (!missed) {
      const message = `too old resource version: ${String(this.#from)} (${String(store.revision)})`;
      this.#push('ERROR', JSON.stringify(new ApiStatus(410, 'Expired', message).toBody()));
      return false;
    }
    for (const event of missed) this.#onChange(event);
    return true;
  }

  /** To a watcher, an object that begins or ceases to match appears or disappears. */
  #onChange({ kind, type, object, previous }: StoreEvent): void {
    if (type.plural !== this.#type.plural || type.group !== this.#type.group) return;
    if (this.#namespace !== undefined && object.metadata.namespace !== this.#namespace) return;
    const before = previous !== undefined && this.#matches(previous);
    const after = kind !== 'deleted' && this.#matches(object);
    if (after) this.#push(before ? 'MODIFIED' : 'ADDED', this.#write(object));
    else if (before) this.#push('DELETED', this.#write(this.#lastSeen(object, previous, kind)));
  }

  /** What the watcher knew, with the revision of its going. */
  #lastSeen(object: KubeObject, previous: KubeObject, kind: StoreEvent['kind']): KubeObject {
    if (kind === 'deleted') return object;
    const { resourceVersion } = object.metadata;
    return { ...previous, metadata: { ...previous.metadata, resourceVersion } };
  }

  #push(kind: string, objectText: string): void {
    this.#queue.push(`{"type":"${kind}","object":${objectText}}\n`);
    if (this.#queue.length > longestQueue) this.#over = true;
    this.#wake();
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): string {
    return JSON.stringify({
      kind: this.#type.kind,
      apiVersion: apiVersionOf(this.#type),
      metadata: {
        resourceVersion: String(this.#world.store.revision),
        ...(annotations ? { annotations } : {}),
      },
    });
  }

  #bookmarkTimers(lastsMs: number): { cancel(): void }[] {
    if (!this.#options.allowWatchBookmarks) return [];
    const { clock } = this.#world;
    let repeating = { cancel: (): void => {} };
    const arm = (): void => {
      repeating = clock.after(bookmarkEveryMs, () => {
        this.#push('BOOKMARK', this.#bookmark());
        arm();
      });
    };
    arm();
    const last = clock.after(Math.max(0, lastsMs - bookmarkBeforeEndMs), () =>
      this.#push('BOOKMARK', this.#bookmark()),
    );
    return [{ cancel: () => repeating.cancel() }, last];
  }

  async #flush(sink: Sink): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      await sink.write(batch.join(''));
    }
  }
}
