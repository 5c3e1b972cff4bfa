import { describe, expect, it } from 'vitest';
import { readObject } from '../../src/playground/api/body.ts';
import type { ApiRequest } from '../../src/playground/api/handler.ts';
import { decodeDeleteOptions, decodeEviction, isProtobuf } from '../../src/playground/api/protobuf.ts';
import { decodeObject } from '../../src/playground/api/protobuf/object.ts';
import { fieldsOf } from '../../src/playground/api/protobuf/tables.ts';
import { typeOf } from '../../src/playground/resources.ts';

/** A field of the wire type 2: its number, its length, its bytes. */
function field(id: number, bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from([(id << 3) | 2, content.length]), content]);
}

/** As apimachinery's serializer writes it, by hand, so that encoder and decoder are not the same library. */
function envelope(kind: string, apiVersion: string, raw: Buffer): Buffer {
  const typeMeta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, raw), field(3, ''), field(4, '')]);
}

const uid = 'f2d39c93-e935-4ac5-95b9-5bb358b5be58';

describe('protobuf bodies', () => {
  it('are told by their content type', () => {
    expect(isProtobuf('application/vnd.kubernetes.protobuf')).toBe(true);
    expect(isProtobuf('application/vnd.kubernetes.protobuf; charset=utf-8')).toBe(true);
    expect(isProtobuf('application/json')).toBe(false);
    expect(isProtobuf(undefined)).toBe(false);
  });

  it('say how to delete', async () => {
    const raw = Buffer.concat([
      Buffer.from([0x08, 45]),
      field(2, Buffer.concat([field(1, uid), field(2, '12')])),
      field(4, 'Foreground'),
      field(5, 'All'),
    ]);
    expect(await decodeDeleteOptions(envelope('DeleteOptions', 'v1', raw))).toEqual({
      gracePeriodSeconds: 45,
      preconditions: { uid, resourceVersion: '12' },
      propagationPolicy: 'Foreground',
      dryRun: true,
    });
  });

  it('tell a grace period of 0 from none', async () => {
    const zero = await decodeDeleteOptions(envelope('DeleteOptions', 'v1', Buffer.from([0x08, 0])));
    expect(zero.gracePeriodSeconds).toBe(0);
    const none = await decodeDeleteOptions(envelope('DeleteOptions', 'meta.k8s.io/v1', Buffer.alloc(0)));
    expect(none).toEqual({ dryRun: false });
  });

  it('may still say orphanDependents', async () => {
    const options = await decodeDeleteOptions(envelope('DeleteOptions', 'v1', Buffer.from([0x18, 1])));
    expect(options.propagationPolicy).toBe('Orphan');
  });

  it('say what to evict', async () => {
    const metadata = Buffer.concat([field(1, 'web-0'), field(3, 'default'), field(11, 'skipped')]);
    const raw = Buffer.concat([field(1, metadata), field(2, Buffer.from([0x08, 7]))]);
    expect(await decodeEviction(envelope('Eviction', 'policy/v1', raw))).toEqual({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'web-0', namespace: 'default' },
      deleteOptions: { gracePeriodSeconds: 7 },
    });
  });

  it.each([
    ['no prefix', Buffer.from('x'), 'expected prefix [107 56 115 0]'],
    ['another kind', envelope('Pod', 'v1', Buffer.alloc(0)), 'no kind "Pod" is registered'],
    ['a cut message', envelope('DeleteOptions', 'v1', field(1, 'long')).subarray(0, 12), 'index out of range'],
  ])('are refused with %s', async (_, body, why) => {
    await expect(decodeDeleteOptions(body)).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(why) as string,
    });
  });
});

/** Bodies that kubectl 1.36.3 sent to a real server, and the same objects as its `--dry-run=client -o json` prints them. */
const captured = {
  deployment:
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErwBCiEKA3dlYhIAGgJxMyIAKgAyADgAQgBaCgoDYXBwEgN3ZWISiAEIAhIMCgoK' +
    'A2FwcBIDd2ViGm4KHAoAEgAaACIAKgAyADgAQgBaCgoDYXBwEgN3ZWISThIwCgVuZ2lueBIHbmdpbng6MSoAMgoKABAAGFAiACoA' +
    'QgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACICCgAoADgAGgwIABAAGAAgACgAOAAaACIA',
  budget:
    'azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSPgoUCgJwMhIAGgJxMyIAKgAyADgAQgASGhINCgsKA2FwcBIE' +
    'd2VieBoJCAEQABoDNTAlGgoIABgAIAAoADAAGgAiAA==',
  secret:
    'azhzAAoMCgJ2MRIGU2VjcmV0Ej0KFAoCczESABoCcTMiACoAMgA4AEIAEgYKAWESAWISGwoDYmluEhQiZ6yskUP6S/HB6DV0sllC' +
    'xVFhPhoAGgAiAA==',
  quota:
    'azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRJPChQKAnExEgAaAnEzIgAqADIAOABCABI1CgoKA2NwdRIDCgExCg4KBm1lbW9yeRIE' +
    'CgIxRwoLCgRwb2RzEgMKATISCkJlc3RFZmZvcnQaABoAIgA=',
  priorityClass:
    'azhzAAolChRzY2hlZHVsaW5nLms4cy5pby92MRINUHJpb3JpdHlDbGFzcxIzChUKBXEzcGMwEgAaACIAKgAyADgAQgAQABgAIgAq' +
    'FFByZWVtcHRMb3dlclByaW9yaXR5GgAiAA==',
  service:
    'azhzAAoNCgJ2MRIHU2VydmljZRJyCiMKBHN2YzISABoCcTMiACoAMgA4AEIAWgsKA2FwcBIEc3ZjMhJHCiAKBzgxLWh0dHASA1RD' +
    'UBhRIgoIARAAGgRodHRwKKvrARILCgNhcHASBHN2YzIaACIITm9kZVBvcnQ6AEIAUgBaAGAAaAAaAgoAGgAiAA==',
  job:
    'azhzAAoPCghiYXRjaC92MRIDSm9iErkCCoMBCgJqMhIAGgJxMyIAKgAyADgAQgBiKwohY3JvbmpvYi5rdWJlcm5ldGVzLmlvL2lu' +
    'c3RhbnRpYXRlEgZtYW51YWxqQAoHQ3JvbkpvYhoDY2oxIiQwMjA5M2UyMS0xNWUxLTQ1YTMtYjI4NS1iYzljODQ5OTc4NzIqCGJh' +
    'dGNoL3YxMAESpgEyowEKEAoAEgAaACIAKgAyADgAQgASjgESRgoDY2oxEgdidXN5Ym94GgRkYXRlKgBCAGoUL2Rldi90ZXJtaW5h' +
    'dGlvbi1sb2dyBkFsd2F5c4ABAIgBAJABAKIBBEZpbGUaCU9uRmFpbHVyZSAeMgxDbHVzdGVyRmlyc3RCAEoAUgBYAGAAaAByAIIB' +
    'AIoBAJoBEWRlZmF1bHQtc2NoZWR1bGVywgEAGgggACgAMAA6ABoAIgA=',
  ingress:
    'azhzAAofChRuZXR3b3JraW5nLms4cy5pby92MRIHSW5ncmVzcxJFChQKAmkxEgAaAnEzIgAqADIAOABCABIpGicKA2ZvbxIgCh4K' +
    'HAoEL2JhchINIgsKA3N2YxIECgAQUBoFRXhhY3QaAgoAGgAiAA==',
};

function bytesOf(name: keyof typeof captured): Buffer {
  return Buffer.from(captured[name], 'base64');
}

describe('objects in protobuf', () => {
  it('are read with their templates', async () => {
    expect(await decodeObject(bytesOf('deployment'), 'Deployment')).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'q3', labels: { app: 'web' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx:1', ports: [{ containerPort: 80 }], resources: {} }] },
        },
        strategy: {},
      },
      status: {},
    });
  });

  it.each([
    ['percentages', 'budget', { spec: { maxUnavailable: '50%', selector: { matchLabels: { app: 'webx' } } } }],
    ['bytes', 'secret', { data: { a: 'Yg==', bin: 'ImesrJFD+kvxweg1dLJZQsVRYT4=' } }],
    ['amounts', 'quota', { spec: { hard: { cpu: '1', memory: '1G', pods: '2' }, scopes: ['BestEffort'] } }],
    ['a zero that JSON writes', 'priorityClass', { value: 0, preemptionPolicy: 'PreemptLowerPriority' }],
    ['names of ports', 'service', { spec: { ports: [{ port: 81, targetPort: 'http', nodePort: 30123 }] } }],
    ['owners', 'job', { metadata: { ownerReferences: [{ kind: 'CronJob', name: 'cj1', controller: true }] } }],
  ] as const)('are read with %s', async (_, name, expected) => {
    expect(await decodeObject(bytesOf(name), name)).toMatchObject(expected);
  });

  it('lack a zero that JSON leaves out', async () => {
    expect(await decodeObject(bytesOf('priorityClass'), 'PriorityClass')).not.toHaveProperty('globalDefault');
    expect(await decodeObject(bytesOf('job'), 'Job')).not.toHaveProperty('spec.suspend');
  });

  it('keep a pointer to a zero', async () => {
    const raw = field(2, Buffer.from([0x08, 0]));
    expect(await decodeObject(envelope('Deployment', 'apps/v1', raw), 'Deployment')).toMatchObject({
      spec: { replicas: 0 },
    });
  });

  it('keep times, signs, managed fields, and any key of a map', async () => {
    const minusOne = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    const metadata = Buffer.concat([
      field(8, Buffer.from([0x08, 0x80, 0xa3, 0x05])),
      field(9, ''),
      field(11, Buffer.concat([field(1, '__proto__'), field(2, 'x')])),
      field(11, field(1, 'empty')),
      Buffer.from([0x8a, 0x01, 0x0e]),
      field(7, field(1, '{"f:a":{}}')),
    ]);
    const body = envelope(
      'PriorityClass',
      'scheduling.k8s.io/v1',
      Buffer.concat([field(1, metadata), Buffer.from([0x10]), minusOne]),
    );
    const object = await decodeObject(body, 'PriorityClass');
    expect(JSON.stringify(object)).toBe(
      '{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":' +
        '{"creationTimestamp":"1970-01-02T00:00:00Z","labels":{"__proto__":"x","empty":""},' +
        '"managedFields":[{"fieldsV1":{"f:a":{}}}]},"value":-1}',
    );
  });

  const unknownField = field(14, 'x');
  it.each([
    ['a kind without a table', bytesOf('ingress')],
    ['a version without a table', envelope('Namespace', 'v2', Buffer.alloc(0))],
    ['an unknown field', envelope('Namespace', 'v1', unknownField)],
    ['an unknown field inside', envelope('Namespace', 'v1', field(2, unknownField))],
    ['an unknown field of a map', envelope('ConfigMap', 'v1', field(2, Buffer.concat([field(1, 'a'), field(3, 'x')])))],
    ['an encoding', Buffer.concat([envelope('Namespace', 'v1', Buffer.alloc(0)), field(3, 'gzip')])],
  ])('are refused whole with %s', async (_, body) => {
    expect(await decodeObject(body, 'Namespace')).toBeUndefined();
    await expect(readObject(sent(body), typeOf('', 'namespaces'))).rejects.toMatchObject({ code: 415 });
  });

  it.each([
    ['no prefix', Buffer.from('x'), 'expected prefix [107 56 115 0]'],
    ['a cut message', bytesOf('deployment').subarray(0, 60), 'index out of range'],
    ['another wire type', envelope('Namespace', 'v1', Buffer.from([0x08, 1])), 'wrong wireType = 0'],
  ])('are no objects with %s', async (_, body, why) => {
    await expect(readObject(sent(body), typeOf('', 'namespaces'))).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(why) as string,
    });
  });

  it('must be of the kind that the path says', async () => {
    const request = sent(envelope('Namespace', 'v1', Buffer.alloc(0)));
    await expect(readObject(request, typeOf('', 'secrets'))).rejects.toMatchObject({
      code: 400,
      message:
        'Namespace in version "v1" cannot be handled as a Secret: converting (v1.Namespace) to (core.Secret): unknown conversion',
    });
  });

  it('have a table for each message that another one names', () => {
    const seen = new Set([
      'Pod',
      'Deployment',
      'CronJob',
      'Secret',
      'ServiceAccount',
      'Service',
      'ResourceQuota',
      'Namespace',
    ]);
    for (const kind of [
      'PodDisruptionBudget',
      'RoleBinding',
      'ClusterRole',
      'CertificateSigningRequest',
      'TokenRequest',
      'Scale',
    ])
      seen.add(kind);
    for (const message of seen) {
      for (const { type } of fieldsOf(message).values()) {
        if (!['string', 'int', 'bool', 'bytes'].includes(type)) seen.add(type);
      }
    }
    expect(seen.size).toBeGreaterThan(100);
  });
});

function sent(body: Buffer): ApiRequest {
  const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
  return { headers, readBody: async () => body } as unknown as ApiRequest;
}
