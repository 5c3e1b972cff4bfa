/** Sends a sequence of steps to a world and writes the answers down without what must differ between two worlds. */
import type { ApiAnswer, Json } from '../support/api.ts';
import type { Step } from './recorder-step.ts';
import type { World } from './recorder-world.ts';

/** One answer as compared, or what watches saw in the end. */
export interface Recorded {
  readonly step: string;
  readonly status: number;
  readonly retryAfter: unknown;
  readonly body: unknown;
}

// The documentation of a Table's columns is prose that is Kubernetes' own; the playground has none.
const dropped = new Set(['managedFields', 'description']);
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
// Values that the server prints as Go does, with the addresses of its memory.
const goValue = /Invalid value: [a-z]+\.\w+\{.*?\}: /g;
// The difference between two pods, as Go prints it, behind the refusal of a change; a list of refusals goes on after it.
const goDifference = /\n@@ [^]*?(?=\]?$)/;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Plays the steps one after the other; what watches of pods and ConfigMaps saw meanwhile is compared as well. */
export async function play(world: World, steps: readonly Step[]): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  for (const step of steps) recorded.push(noted(world, step, await send(world, step)));
  for (const resource of ['pods', 'configmaps'] as const) {
    const body = clean(world, (await world.seen(resource)) as unknown as Json);
    recorded.push({ step: `WATCH ${resource}`, status: 200, retryAfter: undefined, body });
  }
  return recorded;
}

function send(world: World, step: Step): Promise<ApiAnswer> {
  const fill = (text: string): string => text.replaceAll('NS', world.namespace).replaceAll('NODE', world.prefix);
  const body = step.body === undefined ? undefined : (JSON.parse(fill(JSON.stringify(step.body))) as unknown);
  return world.api.request(step.method, fill(step.path), body, {
    ...(step.contentType === undefined ? {} : { contentType: step.contentType }),
    ...(step.accept === undefined ? {} : { headers: { accept: step.accept } }),
  });
}

/** A step in one line. */
export function titleOf(step: Step): string {
  const said = step.contentType?.replace('application/', '').replace('+json', '') ?? '';
  const words = [step.method, step.path, said, step.accept === undefined ? '' : 'as Table'];
  return [...words, step.body === undefined ? '' : JSON.stringify(step.body)].filter((word) => word !== '').join(' ');
}

function noted(world: World, step: Step, { status, headers, body }: ApiAnswer): Recorded {
  return {
    step: titleOf(step),
    status,
    retryAfter: headers['retry-after'],
    body: clean(world, body as Json),
  };
}

/** Names, uids, times and versions replaced; everything else as it is, in an order that JSON.stringify keeps. */
function clean(world: World, value: Json, key = ''): Json {
  if (typeof value === 'string') return cleanText(world, value, key);
  if (Array.isArray(value)) return value.map((one) => clean(world, one));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !dropped.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  // An uncounted field of a Table is its age in seconds: it may tick over between two servers.
  return Object.fromEntries(
    entries.map(([name, one]) => [name, name === 'cells' ? cleanCells(world, one) : clean(world, one, name)]),
  );
}

function cleanCells(world: World, cells: Json): Json {
  if (!Array.isArray(cells)) return cells;
  return cells.map((cell) => (typeof cell === 'string' && /^(\d+[smhd])+$/.test(cell) ? 'AGE' : clean(world, cell)));
}

function cleanText(world: World, text: string, key: string): string {
  if (key === 'resourceVersion') return text === '' ? '' : 'VERSION';
  if (key === 'continue') return 'TOKEN';
  return text
    .replaceAll(world.namespace, 'NS')
    .replaceAll(uid, 'UID')
    .replaceAll(time, 'TIME')
    .replaceAll(goValue, 'Invalid value: GO: ')
    .replace(goDifference, '')
    .replaceAll(/\(\d+\)|current: \d+/g, 'VERSION');
}

/** The first difference between two recordings of the same steps. */
export interface Difference {
  /** Which answer; one past the last step for what the watches saw. */
  readonly index: number;
  /** Where it is, the same for all that differ alike. */
  readonly place: string;
  /** All of it, for people. */
  readonly text: string;
}

/** Undefined when there is none. */
export function difference(left: readonly Recorded[], right: readonly Recorded[]): Difference | undefined {
  for (const [index, one] of left.entries()) {
    const other = right[index];
    const fields = fieldsThatDiffer(one, other);
    if (fields.length === 0) continue;
    const told = [`answer to: ${one.step}`, ...fields, `server:     ${short(one)}`, `other side: ${short(other)}`];
    const paths = fields.map((field) => field.slice(0, field.indexOf(': ')));
    return { index, place: [placeOf(one.step), ...paths].join(), text: told.join('\n') };
  }
  return undefined;
}

/** The method and the kind of path, without the object's name and the body. */
function placeOf(step: string): string {
  return (/^\S+ \S+( \S+-patch| as Table)?/.exec(step)?.[0] ?? step).replace(/\/(NODE-)?[abxy]\b/, '/NAME');
}

function short(one: Recorded | undefined): string {
  return JSON.stringify({ status: one?.status, body: one?.body }).slice(0, 1500);
}

function fieldsThatDiffer(left: unknown, right: unknown, path = ''): string[] {
  if (JSON.stringify(left) === JSON.stringify(right)) return [];
  const bothObjects = [left, right].every((one) => typeof one === 'object' && one !== null);
  if (!bothObjects) return [`  ${path}: ${JSON.stringify(left)} | ${JSON.stringify(right)}`];
  const a = left as Record<string, unknown>;
  const b = right as Record<string, unknown>;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    fieldsThatDiffer(a[key], b[key], `${path}.${key}`),
  );
}
