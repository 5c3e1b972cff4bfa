/** Creates and deletes pods for the workload controllers, with their events (controller_utils.go, RealPodControl). */
import type { KubeObject, OwnerReference } from '../objects.ts';
import type { ControllerWorld } from '../ports.ts';
import { ApiStatus } from '../status.ts';
import type { Recorder } from './events.ts';
import { pods, type Labels, type Pod, type PodSpec, type PodTemplate } from './models.ts';

export interface PodExtras {
  /** Instead of a generated name. */
  readonly name?: string;
  readonly labels?: Labels;
  readonly finalizers?: readonly string[];
  readonly spec?: Partial<PodSpec>;
}

export interface PodControl {
  /** Undefined when the namespace is terminating, where nothing can be created. */
  create(owner: KubeObject, template: PodTemplate, extras?: PodExtras): Pod | undefined;
  delete(owner: KubeObject, pod: Pod): void;
}

/** The reference by which an object is controlled (metav1.NewControllerRef). */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function createPodControl({ registry }: ControllerWorld, record: Recorder): PodControl {
  return {
    create(owner, template, extras = {}) {
      const { namespace } = owner.metadata;
      const labels = { ...template.metadata?.labels, ...extras.labels };
      const finalizers = [...(template.metadata?.finalizers ?? []), ...(extras.finalizers ?? [])];
      try {
        const pod = registry.create(
          pods,
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: {
              ...(extras.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: extras.name }),
              ...(namespace === undefined ? {} : { namespace }),
              labels,
              ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
              ...(finalizers.length > 0 ? { finalizers } : {}),
              ownerReferences: [controllerReference(owner)],
            },
            spec: { ...template.spec, ...extras.spec },
          },
          { namespace },
        ) as Pod;
        if (extras.name === undefined) {
          record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
        }
        return pod;
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined;
        record(owner, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`);
        throw error;
      }
    },

    delete(owner, pod) {
      const { namespace, name, uid } = pod.metadata;
      try {
        registry.delete(pods, namespace, name, { preconditions: { uid } });
      } catch (error) {
        if (error instanceof ApiStatus && (error.code === 404 || error.code === 409)) return;
        record(owner, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`);
        throw error;
      }
      record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    },
  };
}

/** Is it the refusal to create something in a namespace that is being deleted? */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof ApiStatus && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating')
  );
}
