/** The pods of a real server's protobuf are those of its JSON, as far as they are narrowed. */
import { expect, test } from 'vitest';
import { narrowPod } from '../../../src/cluster/pod.ts';
import { openList } from '../../../src/cluster/protobuf/envelope.ts';
import { inline, type Field, type Message } from '../../../src/cluster/protobuf/table.ts';
import { podMessage } from '../../../src/cluster/protobuf/pod-messages.ts';
import { recorded } from '../recorded.ts';

type Raw = Parameters<typeof narrowPod>[0];

// Recorded from kube-apiserver 1.36.3: between them these pods have all that is narrowed.
const { items } = JSON.parse(recorded('pod-list-every-field').body) as { items: Raw[] };
const page = await openList(
  Buffer.from(recorded('pod-list-every-field-protobuf').body, 'base64'),
  'PodList',
  podMessage,
);

test('both lists have the same pods, once narrowed', () => {
  expect([...page.items()].map((pod) => narrowPod(pod as Raw))).toStrictEqual(items.map(narrowPod));
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['full', 'gated', 'mirror', 'pending']);
});

test('all that is read of the protobuf stands in the JSON as well', () => {
  expect(items).toMatchObject([...page.items()]);
});

test('the tables have every field that narrowing looks at', () => {
  const paths = new Set<string>();
  for (const pod of items) narrowPod(watched(pod, '', paths));
  expect(paths.size).toBeGreaterThan(60);
  const missing = [...paths].filter((path) => !isKnown(podMessage, path.split('.').slice(1)));
  expect(missing).toEqual([]);
});

/** The same object, writing down the path of each field that is looked at; elements of lists have none of their own. */
function watched<T extends object>(value: T, path: string, paths: Set<string>): T {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol' || typeof found === 'function') return found;
      const inside = Array.isArray(target) ? path : `${path}.${key}`;
      if (!Array.isArray(target)) paths.add(inside);
      return typeof found === 'object' && found !== null ? watched(found, inside, paths) : found;
    },
  });
}

function isKnown(message: Message, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  const field = fieldsIn(message).find((one) => one.name === name);
  if (!field) return false;
  // Below a map stand keys, and below a scalar nothing.
  return field.shape === 'map' || !('fields' in field.type) || isKnown(field.type, rest);
}

function fieldsIn({ fields }: Message): readonly Field[] {
  const here = fields.filter((field) => field !== undefined);
  return here.flatMap((field) => (field.name === inline && 'fields' in field.type ? fieldsIn(field.type) : [field]));
}
