/** Plays a kubelet that renews its node's Lease, in fake time. */
import type { TestWorld } from '../../support/world.ts';

const renewMs = 10_000;

/** Renews at once and every 10 s until stopped. */
export function keepLease({ cluster, clock }: TestWorld, name: string): { stop(): void } {
  let timer: { cancel(): void } | undefined;
  function renew(): void {
    const now = new Date(clock.now()).toISOString();
    cluster.leases.set(`kube-node-lease/${name}`, {
      name,
      namespace: 'kube-node-lease',
      uid: `uid-of-lease-${name}`,
      resourceVersion: now,
      labels: {},
      annotations: {},
      finalizers: [],
      creationTimestamp: undefined,
      deletionTimestamp: undefined,
      generation: 0,
      holderIdentity: name,
      leaseDurationSeconds: 40,
      acquireTime: undefined,
      renewTime: now,
      leaseTransitions: 0,
    });
    timer = clock.after(renewMs, renew);
  }
  renew();
  return { stop: () => timer?.cancel() };
}
