/** A cluster that does what a test of a tail says: its watches, its logs, and a record of all that was asked of it. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { Readable } from 'node:stream';
import type { LogAnswer, LogQuery } from '../../src/cluster/container-log.ts';
import type { Change } from '../../src/cluster/cluster.ts';
import type { LogPodQuery } from '../../src/cluster/log-cluster.ts';
import type { LogPod } from '../../src/cluster/log-pod.ts';
import type { LogReader } from '../../src/logs/reader.ts';
import type { StreamEnd, StreamNotice } from '../../src/logs/stream/follow.ts';
import { tail, type TailCluster, type TailListener, type TailOptions, type TailResult } from '../../src/logs/tail.ts';
import { Targets } from '../../src/logs/selection/targets.ts';
import type { ResolvedSelection } from '../../src/logs/selection/resolve.ts';
import { FakeClock } from '../support/clock.ts';
import { answerWith } from './stream/kubelet.ts';
import { aRequest } from './stream/world.ts';

const { ref: _, containerId: _id, restartCount: _count, follow: _follow, ...request } = aRequest;

/** One watch of pods, told what to say. */
export class ScriptedWatch implements AsyncIterator<Change<LogPod>> {
  readonly query: LogPodQuery;
  readonly #said: Change<LogPod>[] = [];
  #waiting: { resolve(): void; reject(error: unknown): void } | undefined;
  #failure: unknown;

  constructor(query: LogPodQuery) {
    this.query = query;
    query.signal.addEventListener('abort', () => this.fail(query.signal.reason), { once: true });
  }

  say(change: Change<LogPod>): void {
    this.#said.push(change);
    this.#waiting?.resolve();
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
  }

  get over(): boolean {
    return this.#failure !== undefined;
  }

  async next(): Promise<IteratorResult<Change<LogPod>>> {
    for (;;) {
      const value = this.#said.shift();
      if (value) return { done: false, value };
      if (this.#failure !== undefined) throw this.#failure;
      // oxlint-disable-next-line no-await-in-loop -- one wait for each word of the script
      await new Promise<void>((resolve, reject) => (this.#waiting = { resolve, reject }));
    }
  }

  return(): Promise<IteratorResult<Change<LogPod>>> {
    this.fail(new Error('left'));
    return Promise.resolve({ done: true, value: undefined });
  }
}

export interface OpenLog {
  readonly name: string;
  readonly query: LogQuery;
  readonly body: Readable;
}

export class ScriptedCluster {
  readonly watches: ScriptedWatch[] = [];
  readonly logs: OpenLog[] = [];
  readonly asked: string[] = [];
  /** Namespaces that there are not. */
  readonly lacking = new Set<string>();
  /** What is answered instead of a log that stays open. */
  answer: ((name: string, query: LogQuery) => LogAnswer | undefined) | undefined;
  /** What a list of pods gives. */
  pods: readonly LogPod[] = [];
  /** Said at once by every new watch. */
  first: ((query: LogPodQuery) => readonly LogPod[] | Error) | undefined;

  readonly cluster: { -readonly [K in keyof TailCluster['cluster']]: TailCluster['cluster'][K] } = {
    kubectl: kubectlFor('prod'),
    open: ({ pod, container }, query) => {
      const name = `${pod}/${container}`;
      const scripted = this.answer?.(name, query);
      const body = new Readable({ read: () => {} });
      query.signal.addEventListener('abort', () => body.destroy(), { once: true });
      this.logs.push({ name, query, body });
      return Promise.resolve(scripted ?? answerWith(body, undefined, query.transient));
    },
    listPods: () => Promise.resolve(this.pods),
    watchPods: (query) => {
      const watch = new ScriptedWatch(query);
      this.watches.push(watch);
      const first = this.first?.(query);
      if (first instanceof Error) watch.fail(first);
      else if (first) watch.say({ type: 'snapshot', items: first });
      return { [Symbol.asyncIterator]: () => watch };
    },
    lacksNamespace: (name) => {
      this.asked.push(`namespace ${name}`);
      return Promise.resolve(this.lacking.has(name));
    },
  };

  /** Watches that are open, as words. */
  get watching(): readonly string[] {
    return this.watches
      .filter(({ over }) => !over)
      .map(({ query }) => [query.namespace ?? '*', query.labelSelector, query.fieldSelector].filter(Boolean).join(' '));
  }

  /** Logs that are open. */
  get reading(): readonly string[] {
    return this.logs.filter(({ body }) => !body.destroyed && !body.readableEnded).map(({ name }) => name);
  }
}

export interface Tailing {
  readonly clock: FakeClock;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  /** In words: `+ web-1/app`, `- web-1/app ended`, `lost …`, `unwatched …`, `nowhere …`. */
  readonly said: readonly string[];
  readonly lines: () => string;
  readonly done: Promise<TailResult>;
  /** Undefined while it runs. */
  readonly outcome: () => TailResult | Error | undefined;
}

export function startTail(
  scripted: ScriptedCluster,
  selection: ResolvedSelection,
  changes: Partial<TailOptions> = {},
  readerBy?: (clock: FakeClock) => LogReader,
): Tailing {
  const clock = new FakeClock();
  const stop = new AbortController();
  const said: string[] = [];
  let text = '';
  let outcome: TailResult | Error | undefined;
  const options: TailOptions = {
    follow: true,
    maxStreams: Infinity,
    crashLines: undefined,
    request,
    ...changes,
  };
  const done = tail(
    [
      {
        cluster: scripted.cluster,
        selection,
        targets: new Targets(selection, { context: undefined }),
        reader: readerBy?.(clock),
      },
    ],
    options,
    {
      clock,
      signal: stop.signal,
      random: () => 0.5,
      listener: listenerInto(said),
      outletFor: () => ({
        block(lines) {
          text += lines.toString();
          return undefined;
        },
      }),
      finished: () => {},
    },
  );
  done.then(
    (result) => (outcome = result),
    (error: Error) => (outcome = error),
  );
  return { clock, signal: stop.signal, stop, said, lines: () => text, done, outcome: () => outcome };
}

function listenerInto(said: string[]): TailListener {
  const nameOf = ({ source }: { readonly source: { readonly pod: string; readonly container: string } }): string =>
    `${source.pod}/${source.container}`;
  return {
    attached: (target) => void said.push(`+ ${nameOf(target)}`),
    ended: (target, end: StreamEnd) => void said.push(`- ${nameOf(target)} ${end.kind}`),
    notice: (target, notice: StreamNotice) =>
      void (notice.kind === 'attached' || said.push(`! ${nameOf(target)} ${notice.kind}`)),
    queued: (targets) => void said.push(`queued ${targets.map(nameOf).join(' ')}`),
    lost: (error) => void said.push(`lost ${error.code}`),
    unwatched: (error) => void said.push(`unwatched ${error.code}`),
    outage: (error) => void said.push(`outage ${error.code}`),
    nowhere: (namespace) => void said.push(`nowhere ${namespace}`),
    namesakes: (owner, pods) => void said.push(`namesakes of ${owner}: ${pods.map(({ name }) => name).join(' ')}`),
  };
}
