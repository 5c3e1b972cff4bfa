/** The parts of an object that have paths of their own: status, scale, binding, finalize, eviction, log, token. */
import { createHash, randomUUID } from 'node:crypto';
import { timestamp } from '../meta.ts';
import type { KubeObject } from '../objects.ts';
import { checkNamespace } from '../registry-admission.ts';
import { badRequest, conflict, notFound } from '../registry-errors.ts';
import { scaleOf } from '../registry-scale.ts';
import { ApiStatus } from '../status.ts';
import { readMap } from './body.ts';
import { evict } from './eviction.ts';
import type { Answer, ApiRequest, ApiWorld, Subresource, Target } from './handler.ts';
import { serveLog } from './logs.ts';
import { methodNotAllowed, noKubelets } from './not-here.ts';
import { patchObject } from './patch.ts';
import { readDryRun } from './query-options.ts';
import { objectAnswer } from './represent.ts';
import { namedAsInPath, replaceObject } from './write.ts';

type Methods = Readonly<Record<string, Subresource>>;

function existing({ type, namespace, name }: Target, { store }: ApiWorld): KubeObject {
  const object = store.get(type, namespace, name);
  if (!object) throw notFound(type, name);
  return object;
}

const status: Methods = {
  GET: async (request, target, world) => objectAnswer(request, world, target.type, existing(target, world)),
  PUT: (request, target, world) => replaceObject(request, world, target, 'status'),
  PATCH: (request, target, world) => patchObject(request, world, target, 'status'),
};

const scale: Methods = {
  GET: async (_request, target, world) => ({ status: 200, json: scaleOf(target.type, existing(target, world)) }),
  PUT: async (request, target, world) => {
    const sent = namedAsInPath(await readMap(request, 'Scale'), target);
    const dryRun = readDryRun(request.query, 'UpdateOptions');
    const { namespace } = target;
    return { status: 200, json: world.registry.update(target.type, sent, { namespace, subresource: 'scale', dryRun }) };
  },
  PATCH: (request, target, world) => patchObject(request, world, target, 'scale'),
};

const methods: Readonly<Record<string, Methods>> = {
  status,
  // Conditions of a signing request are set through either; the difference is one of permissions.
  approval: status,
  scale,
  finalize: { PUT: finalize },
  binding: { POST: bind },
  eviction: {
    POST: async (request, target, world) => {
      const body = await request.readBody();
      const answer = await evict(target, body, request.query, world, request.headers['content-type']);
      return { status: answer.status, json: answer.body };
    },
  },
  log: { GET: serveLog },
  token: { POST: createToken },
};

/** Behind these is something that runs. */
const throughKubelets: Readonly<Record<string, readonly string[]>> = {
  pods: ['exec', 'attach', 'portforward', 'proxy'],
  nodes: ['proxy'],
  services: ['proxy'],
};

/** Answers for a subresource that the type has; undefined when it has none of that name here. */
export function answerSubresource(
  request: ApiRequest,
  target: Target,
  subresource: string,
  world: ApiWorld,
): Promise<Answer> | undefined {
  const { plural } = target.type;
  if (throughKubelets[plural]?.includes(subresource)) {
    existing(target, world);
    throw noKubelets(`${plural}/${subresource}`);
  }
  const known = methods[subresource];
  if (!known || !target.type.subresources.includes(subresource)) return undefined;
  const method = known[request.method];
  if (!method) throw methodNotAllowed();
  return method(request, target, world);
}

/** Takes the last hold of a namespace away (pkg/registry/core/namespace/storage). */
async function finalize(request: ApiRequest, target: Target, world: ApiWorld): Promise<Answer> {
  const sent = namedAsInPath(await readMap(request, 'Namespace'), target);
  const updated = world.registry.update(target.type, sent, { dryRun: readDryRun(request.query, 'UpdateOptions') });
  return objectAnswer(request, world, target.type, updated);
}

interface Binding {
  readonly metadata?: { readonly name?: string } | null;
  readonly target?: { readonly kind?: string; readonly name?: string } | null;
}

/** `ValidatePodBinding`; its problems reach the client bare, so the server answers them with 500. */
function nodeNameOf({ target }: Binding): string {
  const { kind = '', name = '' } = target ?? {};
  const problems = [
    ...(kind === '' || kind === 'Node'
      ? []
      : [`target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`]),
    ...(name === '' ? ['target.name: Required value'] : []),
  ];
  if (problems.length === 0) return name;
  throw new ApiStatus(500, '', problems.length === 1 ? problems.join('') : `[${problems.join(', ')}]`);
}

/** What a scheduler asks for (pkg/registry/core/pod/storage/storage.go BindingREST). */
async function bind(request: ApiRequest, target: Target, world: ApiWorld): Promise<Answer> {
  const binding = (await readMap(request, 'Binding')) as unknown as Binding;
  const dryRun = readDryRun(request.query, 'CreateOptions');
  checkNamespace(world.store, target.type, target.namespace ?? '', target.name);
  if (binding.metadata?.name !== target.name) throw badRequest('name in URL does not match name in Binding object');
  const nodeName = nodeNameOf(binding);
  const pod = existing(target, world);
  const spec = pod['spec'] as { nodeName?: string };
  const subject = { group: '', plural: 'pods/binding' };
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(subject, target.name, `pod ${target.name} is being deleted, cannot be assigned to a host`);
  }
  if (spec.nodeName) {
    throw conflict(
      subject,
      target.name,
      `pod ${target.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`,
    );
  }
  const { conditions = [], ...rest } = (pod['status'] ?? {}) as { conditions?: readonly { type: string }[] };
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(world.clock.now()),
  };
  const status = { ...rest, conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), scheduled] };
  // The one change of a pod's node that there is; it goes past the rules of updates, which forbid it.
  if (!dryRun) world.store.put(target.type, { ...pod, spec: { ...spec, nodeName }, status });
  return { status: 201, json: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

const defaultTokenSeconds = 3600;

/** A token of the shape of the real ones, which nobody can verify: the playground trusts whoever can reach it. */
async function createToken(request: ApiRequest, target: Target, world: ApiWorld): Promise<Answer> {
  const asked = (await readMap(request, 'TokenRequest')) as {
    spec?: { audiences?: string[]; expirationSeconds?: number };
  };
  const account = existing(target, world);
  const { uid, namespace, name } = account.metadata;
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  const seconds = asked.spec?.expirationSeconds ?? defaultTokenSeconds;
  if (seconds < 600) {
    const message = `Invalid value: ${String(seconds)}: may not specify a duration less than 10 minutes`;
    throw new ApiStatus(
      422,
      'Invalid',
      `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: ${message}`,
      {
        group: 'authentication.k8s.io',
        kind: 'TokenRequest',
        causes: [{ reason: 'FieldValueInvalid', message, field: 'spec.expirationSeconds' }],
      },
    );
  }
  const nowMs = world.clock.now();
  const audiences = asked.spec?.audiences ?? [issuer];
  const claims = {
    aud: audiences,
    exp: Math.floor(nowMs / 1000) + seconds,
    iat: Math.floor(nowMs / 1000),
    iss: issuer,
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    sub: `system:serviceaccount:${namespace ?? ''}:${name}`,
  };
  const unsigned = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = createHash('sha256').update(unsigned).digest('base64url');
  return {
    status: 201,
    json: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, uid, creationTimestamp: timestamp(nowMs) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
      status: { token: `${unsigned}.${signature}`, expirationTimestamp: timestamp(nowMs + seconds * 1000) },
    },
  };
}
