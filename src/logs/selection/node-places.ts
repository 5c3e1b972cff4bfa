/** Where the nodes of pods are: read by the time a line is to say so, each node once. */
import type { Change } from '../../cluster/cluster.ts';
import type { LogOwner, OwnerLookup } from '../../cluster/log-owner.ts';
import type { LogPod } from '../../cluster/log-pod.ts';
import { ClusterError } from '../../errors.ts';
import type { Clock } from '../../clock.ts';
import type { NodePlace } from '../line.ts';
import type { ColumnName } from '../options.ts';
import type { ResolvedSelection } from './resolve.ts';

const placeColumns: ReadonlySet<ColumnName> = new Set(['region', 'zone', 'os', 'arch']);

/** Whether any of these columns is about nodes themselves. */
export function showPlaces(columns: readonly ColumnName[]): boolean {
  return columns.some((column) => placeColumns.has(column));
}

/** A list is cheaper than more reads than these. */
const readsAtMost = 5;

/** After a failure the lines come first: so long no node is read. */
const restMs = 60_000;

export interface NodePlacesDeps {
  readonly lookup: OwnerLookup;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Told once, in a sentence, that nodes cannot be read. */
  readonly refused: (message: string) => void;
}

export class NodePlaces {
  readonly #deps: NodePlacesDeps;
  readonly #places = new Map<string, NodePlace>();
  #restUntilMs = -Infinity;
  #told = false;

  constructor(deps: NodePlacesDeps) {
    this.#deps = deps;
  }

  of(node: string): NodePlace | undefined {
    return this.#places.get(node);
  }

  /** Reads the nodes of these pods that are not known; undefined: there is none. Rejects with the signal's reason. */
  learn(pods: readonly LogPod[], signal: AbortSignal): Promise<void> | undefined {
    const missing = new Set(pods.map(({ nodeName }) => nodeName));
    missing.delete('');
    for (const node of missing) if (this.#places.has(node)) missing.delete(node);
    if (missing.size === 0 || this.#deps.clock.monotonic() < this.#restUntilMs) return undefined;
    return this.#read([...missing], signal);
  }

  async #read(nodes: readonly string[], signal: AbortSignal): Promise<void> {
    const { lookup } = this.#deps;
    try {
      const answers =
        nodes.length > readsAtMost
          ? [await lookup.list('Node', { signal })]
          : await Promise.all(nodes.map((node) => lookup.named('Node', node, { signal })));
      for (const answer of answers) {
        if (answer.kind === 'forbidden') return this.#rest(answer.message, Infinity);
        for (const node of answer.owners) this.#places.set(node.name, placeOf(node));
      }
      // One that has gone is not asked for again.
      for (const node of nodes) if (!this.#places.has(node)) this.#places.set(node, placeOf(undefined));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ClusterError)) throw error;
      this.#rest(error.message, this.#deps.clock.monotonic() + restMs);
    }
  }

  #rest(message: string, untilMs: number): void {
    this.#restUntilMs = untilMs;
    if (!this.#told) this.#deps.refused(message);
    this.#told = true;
  }
}

/** The same selection, which knows the places of its pods' nodes, however often it is renewed. */
export function withPlaces(selection: ResolvedSelection, places: NodePlaces): ResolvedSelection {
  const { renew } = selection;
  return {
    ...selection,
    placeOf: (node) => places.of(node),
    prepare(change, signal) {
      const learn = (): Promise<void> | undefined => places.learn(podsOf(change).filter(selection.accepts), signal);
      // Which pods are accepted may be known only then.
      const before = selection.prepare(change, signal);
      return before ? before.then(learn) : learn();
    },
    renew:
      renew &&
      (async (signal) => {
        const next = await renew(signal);
        return next && withPlaces(next, places);
      }),
  };
}

function podsOf(change: Change<LogPod>): readonly LogPod[] {
  if (change.type === 'deleted') return [];
  return change.type === 'snapshot' ? change.items : [change.item];
}

function placeOf(node: Pick<LogOwner, 'labels'> | undefined): NodePlace {
  const { labels = {} } = node ?? {};
  return {
    region: labels['topology.kubernetes.io/region'],
    zone: labels['topology.kubernetes.io/zone'],
    os: labels['kubernetes.io/os'],
    arch: labels['kubernetes.io/arch'],
  };
}
