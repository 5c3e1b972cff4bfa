/** Starts everything in the playground that moves by itself. */
import { anySignal } from '../../clock.ts';
import type { Controller, ControllerWorld } from '../ports.ts';
import { daemonSetController } from './daemonset.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { garbageCollector } from './garbage-collector.ts';
import { jobController } from './job.ts';
import { kubelet } from './kubelet.ts';
import { kubeletNode } from './kubelet-node.ts';
import { createNamespaceDefaults } from './namespace-defaults.ts';
import { namespaceController } from './namespace.ts';
import { nodeLifecycle } from './node-lifecycle.ts';
import { podGc } from './pod-gc.ts';
import { replicaSetController, replicationController } from './replicaset.ts';
import { createScheduler } from './scheduler.ts';
import { statefulSetController } from './statefulset.ts';
import { taintEviction } from './taint-eviction.ts';

export interface ControllerOptions {
  /** Decides between nodes on which a pod is equally well placed. */
  readonly seed?: number | undefined;
  /** PEM; published in every namespace. */
  readonly caCertificate?: string | undefined;
}

/**
 * Starts kube-controller-manager's controllers, kube-scheduler and one kubelet per node, until the world's signal
 * aborts. Objects that exist already are taken as they are: a pod that runs keeps running.
 */
export function startControllers(world: ControllerWorld, options: ControllerOptions = {}): void {
  const controllers: readonly Controller[] = [
    createNamespaceDefaults(options.caCertificate),
    kubeletNode,
    nodeLifecycle,
    deploymentController,
    replicaSetController,
    replicationController,
    statefulSetController,
    daemonSetController,
    jobController,
    createScheduler(options.seed ?? 1),
    kubelet,
    disruptionController,
    taintEviction,
    podGc,
    garbageCollector,
    namespaceController,
  ];
  // Each of them listens to the signal several times.
  const shared = { ...world, signal: anySignal(world.signal) };
  for (const start of controllers) start(shared);
}
