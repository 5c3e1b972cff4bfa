/** Events about objects, as the control plane's programs write them. */
import type { KubeObject } from '../objects.ts';
import type { ControllerWorld, Store } from '../ports.ts';
import { events } from './models.ts';
import { microTime, rfc3339 } from './times.ts';

export type EventType = 'Normal' | 'Warning';

/** Writes an event about the object; the same one again only counts up. */
export type Recorder = (about: KubeObject, type: EventType, reason: string, message: string) => void;

export interface RecorderOptions {
  /** For components that speak events.k8s.io/v1, the scheduler: what they were doing. */
  readonly action?: string;
  /** The node on which a kubelet speaks. */
  readonly host?: string;
}

// kube-apiserver's --event-ttl.
const ttlMs = 3_600_000;
// client-go's EventCorrelator remembers this many.
const remembered = 4096;

/** A recorder for one component (client-go `tools/record`, `tools/events`); its events are forgotten after an hour. */
export function createRecorder(world: ControllerWorld, component: string, options: RecorderOptions = {}): Recorder {
  const { clock, registry, store, signal } = world;
  const known = new Map<string, { readonly namespace: string; readonly name: string }>();
  const expiring: { readonly atMs: number; readonly namespace: string; readonly name: string }[] = [];
  let sweep: { cancel(): void } | undefined;
  signal.addEventListener('abort', () => sweep?.cancel());

  function expire(): void {
    sweep = undefined;
    const now = clock.now();
    const kept = expiring.findIndex(({ atMs }) => atMs > now);
    for (const { namespace, name } of expiring.splice(0, kept < 0 ? expiring.length : kept)) {
      store.remove(events, namespace, name);
    }
    plan();
  }

  function plan(): void {
    const [first] = expiring;
    if (first && !signal.aborted) sweep ??= clock.after(Math.max(0, first.atMs - clock.now()), expire);
  }

  return (about, type, reason, message) => {
    const namespace = about.metadata.namespace ?? 'default';
    const key = [about.kind, namespace, about.metadata.name, about.metadata.uid, type, reason, message].join('\0');
    const before = known.get(key);
    if (before && countUp(world, before, options)) return;
    const nowMs = clock.now();
    const serial = nextSerial(store);
    // Nanoseconds since the epoch, made unique by the lowest digits.
    const stamp = (BigInt(nowMs) * 1_000_000n + BigInt(serial % 1_000_000)).toString(16);
    const name = `${about.metadata.name}.${stamp}`;
    const when = options.action
      ? { action: options.action, eventTime: microTime(nowMs), firstTimestamp: null, lastTimestamp: null, source: {} }
      : {
          count: 1,
          eventTime: null,
          firstTimestamp: rfc3339(nowMs),
          lastTimestamp: rfc3339(nowMs),
          source: { component, ...(options.host === undefined ? {} : { host: options.host }) },
        };
    try {
      registry.create(
        events,
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace },
          involvedObject: {
            apiVersion: about.apiVersion,
            kind: about.kind,
            name: about.metadata.name,
            ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
            resourceVersion: about.metadata.resourceVersion,
            uid: about.metadata.uid,
          },
          type,
          reason,
          message,
          reportingComponent: component,
          reportingInstance: options.action ? `${component}-playground` : (options.host ?? ''),
          ...when,
        },
        { namespace },
      );
    } catch {
      // A terminating namespace refuses events; nobody waits for them.
      return;
    }
    known.set(key, { namespace, name });
    const [oldest] = known.keys();
    if (known.size > remembered && oldest !== undefined) known.delete(oldest);
    expiring.push({ atMs: nowMs + ttlMs, namespace, name });
    plan();
  };
}

/** Numbers events, so that two components never give the same name at the same time. */
const serials = new WeakMap<Store, number>();

function nextSerial(store: Store): number {
  const serial = (serials.get(store) ?? 0) + 1;
  serials.set(store, serial);
  return serial;
}

function countUp(
  { registry, clock }: ControllerWorld,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { action }: RecorderOptions,
): boolean {
  return (
    registry.modify(events, namespace, name, (event) => {
      if (!action) return { ...event, count: Number(event['count'] ?? 1) + 1, lastTimestamp: rfc3339(clock.now()) };
      const series = event['series'] as { readonly count: number } | undefined;
      return { ...event, series: { count: (series?.count ?? 1) + 1, lastObservedTime: microTime(clock.now()) } };
    }) !== undefined
  );
}
