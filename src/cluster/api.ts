/** The library's generated API classes, driven over our transport, for calls of low rate. */
import {
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  createConfiguration,
  PatchStrategy,
  ResponseContext,
  ServerConfiguration,
  setHeaderOptions,
  V1MicroTime,
  VersionApi,
  wrapHttpLibrary,
  type Configuration,
  type HttpInfo,
  type RequestContext,
  type V1DaemonSet,
  type V1Deployment,
  type V1Lease,
  type V1Namespace,
  type V1Node,
  type V1Pod,
  type VersionInfo,
} from '@kubernetes/client-node';
import { ClusterError } from '../errors.ts';
import type { CallOptions, MutationOptions, NodeChange, WorkloadRef } from './cluster.ts';
import type { NewEvent } from './cluster-event.ts';
import type { LeaseContent } from './lease.ts';
import type { Node } from './node.ts';
import type { Transport } from './transport.ts';
import type { Wire } from './wire.ts';
import type { WireWorkload } from './workload.ts';

/** Each throws ClusterError for every answer but 2xx; objects are as they stood on the wire. */
export interface GeneratedApi {
  readNode(name: string, options: CallOptions): Promise<Wire<V1Node>>;
  /**
   * Cordons or uncordons: a strategic merge patch as kubectl's, of this one field. The uid makes the server refuse
   * (422: the field is immutable) when another node has the name by now; that is `cluster.not-found`.
   */
  patchUnschedulable(
    node: { readonly name: string; readonly uid: string },
    unschedulable: boolean,
    options: MutationOptions,
  ): Promise<Wire<V1Node>>;
  readPod(ref: NamespacedName, options: CallOptions): Promise<Wire<V1Pod>>;
  readDaemonSet(ref: NamespacedName, options: CallOptions): Promise<Wire<V1DaemonSet>>;
  /** A merge patch of the node as it was read: 409 when its resourceVersion is another by now. */
  patchNode(node: Read, change: NodeChange, options: MutationOptions): Promise<Wire<V1Node>>;
  /** A JSON patch, refused (422) unless the node of that uid is cordoned and has the annotation with that value. */
  removeAnnotation(node: Node, annotation: string, options: CallOptions): Promise<Wire<V1Node>>;
  readWorkload(ref: WorkloadRef, options: CallOptions): Promise<WireWorkload>;
  /** A merge patch of a Deployment's pod template. */
  patchTemplate(
    deployment: Read & { readonly namespace: string },
    annotations: Readonly<Record<string, string | null>>,
    options: MutationOptions,
  ): Promise<Wire<V1Deployment>>;
  readLease(ref: NamespacedName, options: CallOptions): Promise<Wire<V1Lease>>;
  createLease(ref: NamespacedName, content: LeaseContent, options: CallOptions): Promise<Wire<V1Lease>>;
  patchLease(
    lease: Read & { readonly namespace: string },
    content: LeaseContent,
    options: CallOptions,
  ): Promise<Wire<V1Lease>>;
  deleteLease(lease: Read & { readonly namespace: string }, options: CallOptions): Promise<void>;
  createEvent(event: NewEvent, atMs: number, options: CallOptions): Promise<void>;
  readNamespace(name: string, options: CallOptions): Promise<Wire<V1Namespace>>;
  readVersion(options: CallOptions): Promise<Wire<VersionInfo>>;
}

/** Which version of an object a change is meant for. */
export interface Read {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

// The library wants an absolute URL; the transport puts path and query below the real server's.
const placeholder = new ServerConfiguration('http://kubernetes', {});

/** The calls that kmaint makes through the library. */
export function createGeneratedApi(transport: Transport): GeneratedApi {
  function configured({ signal }: CallOptions): Configuration {
    return createConfiguration({
      baseServer: placeholder,
      httpApi: wrapHttpLibrary({ send: (request) => send(transport, request, signal) }),
    });
  }
  return {
    readNode: (name, options) => wireOf(new CoreV1Api(configured(options)).readNodeWithHttpInfo({ name })),
    patchUnschedulable: (node, unschedulable, options) =>
      sameNode(
        node,
        wireOf(
          new CoreV1Api(configured(options)).patchNodeWithHttpInfo(
            {
              name: node.name,
              body: { metadata: { uid: node.uid }, spec: { unschedulable: unschedulable ? true : null } },
              fieldManager: 'kmaint',
              ...(options.dryRun === true && { dryRun: 'All' }),
            },
            setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
          ),
        ),
      ),
    readPod: ({ namespace, name }, options) =>
      wireOf(new CoreV1Api(configured(options)).readNamespacedPodWithHttpInfo({ namespace, name })),
    readDaemonSet: ({ namespace, name }, options) =>
      wireOf(new AppsV1Api(configured(options)).readNamespacedDaemonSetWithHttpInfo({ namespace, name })),
    patchNode: (node, { unschedulable, annotations, labels, taints }, options) =>
      sameNode(
        node,
        wireOf(
          new CoreV1Api(configured(options)).patchNodeWithHttpInfo(
            {
              name: node.name,
              body: {
                metadata: { ...asRead(node), annotations, labels },
                ...((unschedulable !== undefined || taints !== undefined) && {
                  spec: { ...(unschedulable !== undefined && { unschedulable: unschedulable ? true : null }), taints },
                }),
              },
              fieldManager: 'kmaint',
              ...(options.dryRun === true && { dryRun: 'All' }),
            },
            setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
          ),
        ),
      ),
    removeAnnotation: ({ name, uid, annotations }, annotation, options) => {
      const path = `/metadata/annotations/${annotation.replaceAll('/', '~1')}`;
      return wireOf(
        new CoreV1Api(configured(options)).patchNodeWithHttpInfo(
          {
            name,
            body: [
              { op: 'test', path: '/metadata/uid', value: uid },
              { op: 'test', path: '/spec/unschedulable', value: true },
              { op: 'test', path, value: annotations[annotation] },
              { op: 'remove', path },
            ],
            fieldManager: 'kmaint',
          },
          setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
        ),
      );
    },
    readWorkload: ({ kind, namespace, name }, options) => {
      const ref = { namespace, name };
      const apps = new AppsV1Api(configured(options));
      switch (kind) {
        case 'Deployment':
          return wireOf<unknown>(apps.readNamespacedDeploymentWithHttpInfo(ref)) as Promise<WireWorkload>;
        case 'ReplicaSet':
          return wireOf<unknown>(apps.readNamespacedReplicaSetWithHttpInfo(ref)) as Promise<WireWorkload>;
        case 'StatefulSet':
          return wireOf<unknown>(apps.readNamespacedStatefulSetWithHttpInfo(ref)) as Promise<WireWorkload>;
        case 'DaemonSet':
          return wireOf<unknown>(apps.readNamespacedDaemonSetWithHttpInfo(ref)) as Promise<WireWorkload>;
        case 'ReplicationController': {
          const call = new CoreV1Api(configured(options)).readNamespacedReplicationControllerWithHttpInfo(ref);
          return wireOf<unknown>(call) as Promise<WireWorkload>;
        }
        case 'Job': {
          const call = new BatchV1Api(configured(options)).readNamespacedJobWithHttpInfo(ref);
          return wireOf<unknown>(call) as Promise<WireWorkload>;
        }
      }
    },
    patchTemplate: ({ namespace, ...deployment }, annotations, options) =>
      wireOf(
        new AppsV1Api(configured(options)).patchNamespacedDeploymentWithHttpInfo(
          {
            namespace,
            name: deployment.name,
            body: { metadata: asRead(deployment), spec: { template: { metadata: { annotations } } } },
            fieldManager: 'kmaint',
            ...(options.dryRun === true && { dryRun: 'All' }),
          },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        ),
      ),
    readLease: ({ namespace, name }, options) =>
      wireOf(new CoordinationV1Api(configured(options)).readNamespacedLeaseWithHttpInfo({ namespace, name })),
    createLease: ({ namespace, name }, { owner, ...spec }, options) =>
      wireOf(
        new CoordinationV1Api(configured(options)).createNamespacedLeaseWithHttpInfo({
          namespace,
          body: {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name, ...(owner && { ownerReferences: [{ ...owner }] }) },
            spec: {
              ...spec,
              acquireTime: new V1MicroTime(spec.acquireTime),
              renewTime: new V1MicroTime(spec.renewTime),
            },
          },
          fieldManager: 'kmaint',
        }),
      ),
    patchLease: ({ namespace, ...lease }, content, options) => {
      const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = content;
      const spec = { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions };
      return wireOf(
        new CoordinationV1Api(configured(options)).patchNamespacedLeaseWithHttpInfo(
          {
            namespace,
            name: lease.name,
            body: { metadata: asRead(lease), spec },
            fieldManager: 'kmaint',
          },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        ),
      );
    },
    deleteLease: async ({ namespace, name, uid, resourceVersion }, options) => {
      await new CoordinationV1Api(configured(options)).deleteNamespacedLeaseWithHttpInfo({
        namespace,
        name,
        body: { preconditions: { uid, resourceVersion } },
      });
    },
    createEvent: async ({ involved, type, reason, message }, atMs, options) => {
      // Events about objects of the cluster live in `default`, as those of Kubernetes itself do.
      const namespace = involved.namespace ?? 'default';
      const at = new Date(atMs);
      await new CoreV1Api(configured(options)).createNamespacedEventWithHttpInfo({
        namespace,
        body: {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { generateName: `${involved.name}.kmaint-`, namespace },
          involvedObject: { ...involved, namespace },
          type,
          reason,
          message,
          source: { component: 'kmaint' },
          firstTimestamp: at,
          lastTimestamp: at,
          count: 1,
        },
        fieldManager: 'kmaint',
      });
    },
    readNamespace: (name, options) => wireOf(new CoreV1Api(configured(options)).readNamespaceWithHttpInfo({ name })),
    readVersion: (options) => wireOf(new VersionApi(configured(options)).getCodeWithHttpInfo()),
  };
}

function asRead({ uid, resourceVersion }: Read): { readonly uid: string; readonly resourceVersion: string } {
  return { uid, resourceVersion };
}

/** Tells apart the refusal for another uid: the node that was meant is gone, and trying again would not help. */
async function sameNode<T>(
  { name, uid }: { readonly name: string; readonly uid: string },
  patch: Promise<T>,
): Promise<T> {
  try {
    return await patch;
  } catch (error) {
    if (!(error instanceof ClusterError) || (error.status !== 422 && error.status !== 409)) throw error;
    if (!error.message.includes('metadata.uid') && !/uid in/i.test(error.message)) throw error;
    throw new ClusterError(
      `the node ${name} with uid ${uid} is gone, another one has its name by now: ${error.message}`,
      {
        code: 'cluster.not-found',
        status: error.status,
        hint: 'run the command again to look at the new one',
        cause: error,
      },
    );
  }
}

async function send(transport: Transport, request: RequestContext, signal: AbortSignal): Promise<ResponseContext> {
  const { pathname, searchParams } = new URL(request.getUrl());
  const body = request.getBody();
  const response = await transport.request({
    method: request.getHttpMethod(),
    path: pathname,
    query: Object.fromEntries(searchParams),
    // The library's other kinds of body belong to calls that Kubernetes does not have.
    body: typeof body === 'string' ? body : undefined,
    contentType: request.getHeaders()['Content-Type'],
    signal,
  });
  if (response.status < 200 || response.status > 299) throw response.error();
  // What is no JSON is refused in our words before the library does so in its own.
  response.json();
  const text = response.text();
  return new ResponseContext(
    response.status,
    { 'content-type': 'application/json' },
    { text: () => Promise.resolve(text), binary: () => Promise.resolve(Buffer.from(text)), stream: () => null },
  );
}

/** The answer as it stood on the wire, past the library's serializer, which drops what it does not know. */
async function wireOf<T>(call: Promise<HttpInfo<T>>): Promise<Wire<T>> {
  const { body } = await call;
  const value: Wire<T> = JSON.parse(await body.text());
  return value;
}
