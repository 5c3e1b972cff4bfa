/** The cluster of the soak: pods whose containers write, restart, and go; what the API server says of them comes later. */
import { EventEmitter } from 'node:events';
import { linesOf, writtenBy, type Writing } from './soak-lines.ts';
import type { WrittenRun } from './soak-check.ts';

export const soakNamespace = 'soak';

/** One run of a container, as its node knows it. */
export interface Run extends Writing {
  readonly containerId: string;
  /** Written so far. */
  lines: number;
  over: boolean;
  /** Somebody read it to its end after it was over: its node may forget it. */
  readToEnd: boolean;
  /** By the clock of the containers; undefined while it runs. */
  endedMs: number | undefined;
  /** By the clock of this machine, which runs on while nobody writes. */
  readonly begunAtMs: number;
  /** So many lines have been sent to somebody. */
  sent: number;
}

export interface Container {
  readonly name: string;
  /** Oldest first; the last is the one in hand, or the last that was. */
  readonly runs: Run[];
}

export interface Pod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly containers: readonly Container[];
  terminating: boolean;
}

/** What watchers are told. */
export interface PodEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: object;
}

export interface ClusterOptions {
  readonly containers: number;
  readonly stepMs: number;
  /** All containers together write so many, and nothing more. */
  readonly lines: number;
  readonly random: () => number;
}

/**
 * A node keeps one dead run of a container, and a pod that is deleted keeps its logs, for so long at least, and longer
 * while nobody has read them: what is gone before a client can ask again, no client can print.
 */
const keptMs = 25_000;
const longestKeptMs = 600_000;

/** Nobody writes while so many lines wait to be read: on a busy machine all of it goes slower, and nothing else changes. */
const mostWaiting = 200_000;

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class SoakCluster {
  /** Of every {@link PodEvent}. */
  readonly news = new EventEmitter<{ event: [PodEvent] }>();
  readonly events: PodEvent[] = [];
  restarts = 0;
  recreations = 0;
  readonly #options: ClusterOptions;
  /** By name, as they are. */
  readonly #pods = new Map<string, Pod>();
  /** By name, as the API server shows them. */
  readonly #shown = new Map<string, { readonly uid: string; readonly object: object }>();
  readonly #written: { readonly pod: string; readonly container: string; readonly run: Run }[] = [];
  #version = 1000;
  #nextUid = 0;
  #oldLines = 0;
  #full = false;
  /** The clock that the containers write by; it stands still while too much waits to be read. */
  #nowMs = Date.now();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.news.setMaxListeners(0);
    const count = Math.ceil(options.containers / 2);
    for (let index = 0; index < count; index += 1) {
      const names = index * 2 + 1 < options.containers ? ['app', 'side'] : ['app'];
      const pod = this.#create(`pod-${String(index).padStart(3, '0')}`, names);
      for (const container of pod.containers) this.#begin(pod, container);
      this.#show(pod, 'ADDED');
    }
  }

  get version(): number {
    return this.#version;
  }

  /** All lines are written. */
  get full(): boolean {
    return this.#full;
  }

  get written(): number {
    return this.#oldLines + this.#current();
  }

  pod(name: string): Pod | undefined {
    const shown = this.#shown.get(name);
    const pod = this.#pods.get(name);
    return shown && pod?.uid === shown.uid ? pod : undefined;
  }

  pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  /** As the API server shows them: all, or the one of that name. */
  objects(only?: string): readonly object[] {
    return [...this.#shown].filter(([name]) => only === undefined || name === only).map(([, { object }]) => object);
  }

  runs(): readonly WrittenRun[] {
    return this.#written.map(({ pod, container, run }) => ({ pod, container, run: run.run, lines: run.lines }));
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Lets the containers write for so long; false: too much waits to be read. */
  advance(ms: number): boolean {
    if (this.#full) return false;
    const live = this.#live();
    const waiting = live.reduce((sum, { run }) => sum + Math.max(0, run.lines - run.sent), 0);
    if (waiting > mostWaiting) return false;
    this.#nowMs += ms;
    for (const { run } of live) run.lines = writtenBy(run, this.#nowMs);
    this.#full = this.written >= this.#options.lines;
    return true;
  }

  /** A container ends and begins anew; false: none can at the moment. */
  restart(): boolean {
    const able = this.pods()
      .filter(({ terminating }) => !terminating)
      .flatMap((pod) => pod.containers.map((container) => ({ pod, container })))
      .filter(({ container }) => this.#canRestart(container));
    const chosen = this.#pick(able);
    if (!chosen) return false;
    this.restarts += 1;
    void this.#restarting(chosen.pod, chosen.container);
    return true;
  }

  /** A pod is deleted, and another of its name comes; false: none can be at the moment. */
  recreate(): boolean {
    const able = this.pods().filter((pod) => !pod.terminating && pod.containers.every((one) => this.#canRestart(one)));
    const pod = this.#pick(able);
    if (!pod) return false;
    this.recreations += 1;
    void this.#recreating(pod);
    return true;
  }

  text(run: Run, from: number, to: number): string {
    return linesOf(run, from, to);
  }

  async #restarting(pod: Pod, container: Container): Promise<void> {
    this.#end(container);
    const told = this.#between(20, 800);
    const pause = this.#between(0, 1500);
    // A quick restart is never seen as an end.
    if (pause > told) {
      await after(told);
      this.#show(pod, 'MODIFIED');
      await after(pause - told);
    } else await after(pause);
    this.#begin(pod, container);
    await after(this.#between(20, 800));
    this.#show(pod, 'MODIFIED');
  }

  /** A first run that does not live long. */
  async #crash(pod: Pod, container: Container): Promise<void> {
    await after(this.#between(50, 1200));
    if (pod.terminating || !this.#canRestart(container)) return;
    this.restarts += 1;
    await this.#restarting(pod, container);
  }

  async #recreating(pod: Pod): Promise<void> {
    pod.terminating = true;
    this.#show(pod, 'MODIFIED');
    await after(this.#between(100, 800));
    for (const container of pod.containers) this.#end(container);
    await after(this.#between(20, 800));
    this.#show(pod, 'MODIFIED');
    const runs = pod.containers.flatMap((container) => container.runs.slice(-2));
    const untilMs = Date.now() + longestKeptMs;
    await after(keptMs);
    while (runs.some(({ readToEnd }) => !readToEnd) && Date.now() < untilMs) await after(20);
    this.#show(pod, 'DELETED');
    this.#pods.delete(pod.name);
    await after(this.#between(0, 1500));
    const next = this.#create(
      pod.name,
      pod.containers.map(({ name }) => name),
    );
    this.#show(next, 'ADDED');
    await after(this.#between(0, 500));
    for (const container of next.containers) this.#begin(next, container);
    for (const container of next.containers) if (this.#options.random() < 0.5) void this.#crash(next, container);
    await after(this.#between(20, 800));
    this.#show(next, 'MODIFIED');
  }

  #create(name: string, containers: readonly string[]): Pod {
    const uid = `uid-${name}-${String((this.#nextUid += 1))}`;
    const node = `node-${name.slice(-1)}`;
    const pod = { name, uid, node, containers: containers.map((one) => ({ name: one, runs: [] })), terminating: false };
    this.#pods.set(name, pod);
    return pod;
  }

  #begin(pod: Pod, container: Container): void {
    const number = this.#written.length;
    const run: Run = {
      run: number,
      containerId: `containerd://${String(number)}`,
      startMs: this.#nowMs,
      begunAtMs: Date.now(),
      stepMs: this.#options.stepMs,
      lines: 0,
      over: false,
      readToEnd: false,
      endedMs: undefined,
      sent: 0,
    };
    container.runs.push(run);
    this.#written.push({ pod: pod.name, container: container.name, run });
  }

  #end(container: Container): void {
    const run = container.runs.at(-1);
    if (!run || run.over) return;
    run.over = true;
    run.endedMs = this.#nowMs;
    this.#oldLines += run.lines;
  }

  /** A run may end before anybody has read it, or has seen it; its node then keeps it until it was read. */
  #canRestart({ runs }: Container): boolean {
    const [before, run] = [runs.at(-2), runs.at(-1)];
    if (run === undefined || run.over) return false;
    return before === undefined || (before.readToEnd && Date.now() - run.begunAtMs > keptMs);
  }

  #live(): readonly { readonly run: Run }[] {
    return this.pods().flatMap(({ containers }) =>
      containers.flatMap(({ runs }) => {
        const run = runs.at(-1);
        return run && !run.over ? [{ run }] : [];
      }),
    );
  }

  #current(): number {
    return this.#live().reduce((sum, { run }) => sum + run.lines, 0);
  }

  #between(fromMs: number, toMs: number): number {
    return fromMs + this.#options.random() * (toMs - fromMs);
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#options.random() * list.length)];
  }

  #show(pod: Pod, type: PodEvent['type']): void {
    // Late news of a pod that is gone.
    if (this.#pods.get(pod.name) !== pod) return;
    this.#version += 1;
    const object = podObject(pod, this.#version);
    if (type === 'DELETED') this.#shown.delete(pod.name);
    else this.#shown.set(pod.name, { uid: pod.uid, object });
    const event = { type, version: this.#version, object };
    this.events.push(event);
    this.news.emit('event', event);
  }
}

function podObject({ name, uid, node, containers, terminating }: Pod, version: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: soakNamespace,
      name,
      uid,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(terminating && { deletionTimestamp: new Date().toISOString() }),
    },
    spec: { nodeName: node, containers: containers.map((one) => ({ name: one.name, image: 'kmaint.test/app' })) },
    status: { phase: 'Running', containerStatuses: containers.map(statusOf) },
  };
}

function statusOf({ name, runs }: Container): object {
  const [before, run] = [runs.at(-2), runs.at(-1)];
  const shared = { name, image: 'kmaint.test/app', imageID: '', restartCount: Math.max(0, runs.length - 1) };
  if (!run) return { ...shared, ready: false, state: { waiting: { reason: 'ContainerCreating' } } };
  const lastState = before ? { lastState: { terminated: endOf(before) } } : {};
  if (run.over)
    return { ...shared, ...lastState, ready: false, containerID: run.containerId, state: { terminated: endOf(run) } };
  const startedAt = wholeSecond(run.startMs);
  return { ...shared, ...lastState, ready: true, containerID: run.containerId, state: { running: { startedAt } } };
}

function endOf({ containerId, startMs, endedMs }: Run): object {
  const finishedAt = endedMs === undefined ? undefined : wholeSecond(endedMs);
  return { exitCode: 1, reason: 'Error', containerID: containerId, startedAt: wholeSecond(startMs), finishedAt };
}

/** As the API has moments. */
function wholeSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
