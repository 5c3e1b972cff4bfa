import { describe, expect, it } from 'vitest';
import { decodeDeleteOptions, decodeEviction, isProtobuf } from '../../src/playground/api/protobuf.ts';

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
