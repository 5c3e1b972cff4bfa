/** Plays disruption budgets, their controller and replacement pods on a FakeCluster, with the server's own arithmetic. */
import type { Budget } from '../../src/cluster/budget.ts';
import type { RemovalOutcome } from '../../src/cluster/cluster.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import type { FakeClock } from './clock.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { aBudget, aPod } from './objects.ts';

export interface App {
  readonly name: string;
  readonly pods: readonly { readonly node: string; readonly ready: boolean }[];
  /** Healthy pods that its budget asks for; undefined: it has none. */
  readonly desiredHealthy: number | undefined;
  /** From the moment a pod is gone to its replacement being ready elsewhere. */
  readonly replacedAfterMs: number;
}

export interface Lags {
  /** From a change to the controller's new status. */
  readonly controllerMs: number;
  /** From a new status to the news of it. */
  readonly watchMs: number;
}

/** Keeps the books of the server; `violations` has one entry for each eviction that it should not have been granted. */
export class BudgetController {
  readonly violations: string[] = [];
  refusals = 0;
  readonly #cluster: FakeCluster;
  readonly #clock: FakeClock;
  readonly #lags: Lags;
  readonly #apps: readonly App[];
  /** By app: names of pods whose evictions were granted and that the controller has not seen going yet. */
  readonly #disrupted = new Map<string, Set<string>>();
  readonly #status = new Map<string, Budget>();
  #count = 0;

  constructor(cluster: FakeCluster, clock: FakeClock, apps: readonly App[], lags: Lags) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#apps = apps;
    this.#lags = lags;
    for (const app of apps) {
      for (const { node, ready } of app.pods) this.#add(app, node, ready);
      this.#compute(app, true);
    }
    const remove = cluster.remove.bind(cluster);
    cluster.remove = (name) => {
      const pod = cluster.pods.get(name);
      remove(name);
      if (pod) this.#gone(pod);
    };
  }

  /** Answers an eviction as the API server does. */
  readonly judge = (pod: Pod): RemovalOutcome | undefined => {
    const app = this.#appOf(pod);
    if (!app || app.desiredHealthy === undefined || pod.deletionTimestamp !== undefined) return undefined;
    const status = this.#status.get(app.name);
    if (!status) return undefined;
    const freeUnready = !pod.ready && status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
    if (freeUnready) return undefined;
    if (status.disruptionsAllowed <= 0) {
      this.refusals += 1;
      const { desiredHealthy: needs, currentHealthy: has } = status;
      return { kind: 'blocked-budget', message: `needs ${needs} has ${has}`, budget: app.name, needs, has };
    }
    const disrupted = this.#disrupted.get(app.name) ?? new Set();
    this.#disrupted.set(app.name, disrupted.add(pod.name));
    this.#tell({ ...status, disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods: new Set(disrupted) });
    const healthy = this.#healthy(app).filter(({ name }) => name !== pod.name).length;
    if (pod.ready && healthy < app.desiredHealthy) {
      this.violations.push(`${app.name}: ${healthy} healthy of ${app.desiredHealthy}`);
    }
    this.#clock.after(this.#lags.controllerMs, () => this.#compute(app, false));
    return undefined;
  };

  #appOf(pod: Pod): App | undefined {
    return this.#apps.find(({ name }) => pod.labels['app'] === name);
  }

  #add(app: App, node: string, ready: boolean): void {
    this.#count += 1;
    const name = `${app.name}-${this.#count}`;
    const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app.name, uid: `uid-of-${app.name}` };
    this.#cluster.put(aPod({ name, labels: { app: app.name }, nodeName: node, ready, controller }));
  }

  #gone(pod: Pod): void {
    const app = this.#appOf(pod);
    if (!app) return;
    this.#clock.after(this.#lags.controllerMs, () => this.#compute(app, false));
    this.#clock.after(app.replacedAfterMs, () => {
      this.#add(app, 'elsewhere', true);
      this.#clock.after(this.#lags.controllerMs, () => this.#compute(app, false));
    });
  }

  #healthy(app: App): readonly Pod[] {
    const disrupted = this.#disrupted.get(app.name);
    return [...this.#cluster.pods.values()].filter(
      (pod) =>
        pod.labels['app'] === app.name && pod.ready && pod.deletionTimestamp === undefined && !disrupted?.has(pod.name),
    );
  }

  #compute(app: App, first: boolean): void {
    if (app.desiredHealthy === undefined) return;
    const disrupted = this.#disrupted.get(app.name);
    for (const name of disrupted ?? []) {
      const pod = this.#cluster.pods.get(`shop/${name}`);
      if (!pod || pod.deletionTimestamp !== undefined) disrupted?.delete(name);
    }
    const currentHealthy = this.#healthy(app).length;
    const status = aBudget({
      name: app.name,
      uid: `uid-of-budget-${app.name}`,
      matches: (labels) => labels['app'] === app.name,
      disruptionsAllowed: Math.max(0, currentHealthy - app.desiredHealthy),
      currentHealthy,
      desiredHealthy: app.desiredHealthy,
      expectedPods: app.pods.length,
      disruptedPods: new Set(disrupted),
    });
    if (first) {
      this.#status.set(app.name, status);
      this.#cluster.budgets = [...this.#cluster.budgets, status];
    } else this.#tell(status);
  }

  #tell(status: Budget): void {
    this.#status.set(status.name, status);
    this.#clock.after(this.#lags.watchMs, () => this.#cluster.putBudget(status));
  }
}
