/** A world for workflows: a cluster from memory, a clock that stands still, a report that remembers. */
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { podName } from '../../src/cluster/pod.ts';
import type { DrainOptions, RollingOptions } from '../../src/drain/options.ts';
import type { World } from '../../src/drain/world.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import type { Event } from '../../src/report/events.ts';
import { FakeClock } from './clock.ts';
import { FakeCluster } from './fake-cluster.ts';
import { aNode, aPolicy } from './objects.ts';

export interface TestWorld extends World {
  readonly cluster: FakeCluster;
  readonly clock: FakeClock;
  readonly events: readonly Event[];
  /** What the user answers; undefined: there is no terminal. */
  answer: boolean | undefined;
  readonly questions: string[];
  /** What was written down, in order. */
  readonly journal: (
    | JournalEntry
    | { readonly type: 'run' | 'finished' | 'closed'; readonly [key: string]: unknown }
  )[];
  /** Called after each event, to change the cluster behind the workflow's back. */
  onEvent: (event: Event) => void;
  /** Ctrl-C. */
  interrupt(reason: Error): void;
  /** The only event of this type. */
  only<T extends Event['type']>(type: T): Extract<Event, { type: T }>;
  all<T extends Event['type']>(type: T): Extract<Event, { type: T }>[];
}

export function aWorld(pods: readonly Pod[], nodes: readonly Node[] = [aNode()]): TestWorld {
  const clock = new FakeClock();
  const cluster = new FakeCluster(clock, nodes, pods);
  const events: Event[] = [];
  const controller = new AbortController();
  const questions: string[] = [];
  const journal: TestWorld['journal'] = [];
  const all = <T extends Event['type']>(type: T): Extract<Event, { type: T }>[] =>
    events.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  const world: TestWorld = {
    cluster,
    clock,
    events,
    onEvent: () => {},
    report: {
      emit(event) {
        events.push(event);
        world.onEvent(event);
      },
    },
    answer: undefined,
    questions,
    prompt: {
      get available() {
        return world.answer !== undefined;
      },
      confirm: async (question) => {
        questions.push(question);
        return world.answer ?? false;
      },
    },
    signal: controller.signal,
    interrupt: (reason) => controller.abort(reason),
    holder: 'tester@here',
    journals: {
      newRunId: () => 'run-1',
      begin: (run) => {
        journal.push({ type: 'run', nodes: run.nodes });
        return Promise.resolve({
          runId: run.runId ?? 'run-1',
          write: async (entry) => void journal.push(entry),
          finish: async (outcome, exitCode) => void journal.push({ type: 'finished', outcome, exitCode }),
          close: async () => void journal.push({ type: 'closed' }),
        });
      },
    },
    journal,
    programs: { run: () => Promise.resolve({ kind: 'not-found' }), env: {}, cwd: '/nowhere' },
    post: () => Promise.resolve(200),
    commandLine: {
      again: (flags = [], verb = 'drain') => [`kmaint ${verb} node1`, ...flags].join(' '),
      command: (words) => ['kmaint', ...words].join(' '),
    },
    all,
    only(type) {
      const found = all(type);
      const [event] = found;
      if (!event || found.length !== 1) throw new Error(`${found.length} events of type ${type}`);
      return event;
    },
  };
  return world;
}

export function drainOptions(differences: Partial<DrainOptions> = {}): DrainOptions {
  return {
    targets: { names: ['node1'], selector: undefined },
    dryRun: 'none',
    policy: aPolicy(),
    chunkSize: 500,
    timeoutMs: undefined,
    totalTimeoutMs: undefined,
    maxInFlight: 25,
    assumeYes: false,
    parallel: { count: 1 },
    capacity: 'never',
    onFailure: 'keep',
    ownership: {
      reason: undefined,
      ticket: undefined,
      takeOver: false,
      excludeFromLoadBalancers: false,
      holdAutoscaler: false,
      notifyExec: undefined,
      notifyUrl: undefined,
    },
    continuity: { replacementsMs: undefined, volumesMs: undefined, surge: false },
    escalation: undefined,
    unreachable: { poweredOff: [], fenceExec: undefined, outOfService: false },
    rolling: undefined,
    ...differences,
  };
}

/** One node after the other, each brought back, without gates or a program. */
export function rollingOptions(differences: Partial<RollingOptions> = {}): RollingOptions {
  return {
    maxUnavailable: { count: 1 },
    exec: undefined,
    waitReadyMs: undefined,
    uncordon: true,
    expectReboot: false,
    minStableMs: 0,
    criticalPods: [],
    ...differences,
  };
}

/** Lets time pass in small steps until the promise settles; fails when it has not within `limitMs`. */
export async function finish<T>(clock: FakeClock, promise: Promise<T>, limitMs = 600_000): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => (settled = true));
  watched.catch(() => {});
  for (let passedMs = 0; !settled; passedMs += 100) {
    if (passedMs > limitMs) throw new Error(`not settled after ${limitMs} ms`);
    await clock.advance(100);
  }
  return watched;
}

/** `namespace/name` of events about pods. */
export function names(
  events: readonly { readonly pod: { readonly namespace: string; readonly name: string } }[],
): string[] {
  return events.map(({ pod }) => podName(pod));
}
