/** What is around the objects of an answer in protobuf. */
import { expect, test } from 'vitest';
import { isProtobuf, openList, readStatus } from '../../../src/cluster/protobuf/envelope.ts';
import { MalformedMessage } from '../../../src/cluster/protobuf/reader.ts';
import { podMessage } from '../../../src/cluster/protobuf/pod-messages.ts';
import { recorded } from '../recorded.ts';

const bytesOf = (name: string): Buffer => Buffer.from(recorded(name).body, 'base64');
const list = bytesOf('pod-list-every-field-protobuf');

test('a refusal of the real server is what it would have been as JSON', async () => {
  expect(await readStatus(bytesOf('pod-list-403-protobuf'))).toEqual(JSON.parse(recorded('pod-list-403').body));
});

test('a list knows its revision, where it goes on and how long it is', async () => {
  const { metadata } = JSON.parse(recorded('pod-list-every-field').body) as {
    metadata: { resourceVersion: string };
  };
  expect(await openList(list, 'PodList', podMessage)).toMatchObject({ ...metadata, continue: '', length: 4 });
});

test.each([
  ['another kind', () => openList(list, 'NodeList', podMessage)],
  ['a Status', () => openList(bytesOf('pod-list-403-protobuf'), 'PodList', podMessage)],
  ['no Status', () => readStatus(list)],
  ['nothing', () => openList(Buffer.alloc(0), 'PodList', podMessage)],
  ['no more than the prefix', () => openList(list.subarray(0, 4), 'PodList', podMessage)],
  ['JSON', () => openList(Buffer.from('{"kind":"PodList"}'), 'PodList', podMessage)],
  ['a list that was cut off', () => openList(list.subarray(0, list.length - 1), 'PodList', podMessage)],
  [
    'packed content',
    () => openList(Buffer.concat([list, Buffer.from([(3 << 3) | 2, 4]), Buffer.from('gzip')]), 'PodList', podMessage),
  ],
])('%s where something else was expected is malformed', async (_, open) => {
  await expect(open()).rejects.toThrow(MalformedMessage);
});

test('the content type says it, whatever its case and parameters', () => {
  expect(isProtobuf('application/vnd.kubernetes.protobuf')).toBe(true);
  expect(isProtobuf('Application/vnd.kubernetes.protobuf; charset=x')).toBe(true);
  for (const other of [undefined, 'application/json', 'application/vnd.kubernetes.protobuf.list']) {
    expect(isProtobuf(other)).toBe(false);
  }
});
