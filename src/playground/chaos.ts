/** Faults that happen by themselves, for those who want to watch what clients make of them: `--chaos`. */
import type { Clock } from '../clock.ts';
import type { Fault, Intercept } from './api/faults.ts';
import type { ApiRequest } from './api/handler.ts';
import { createRandom } from './controllers/random.ts';
import type { Store } from './ports.ts';
import { ApiStatus } from './status.ts';

export interface ChaosWorld {
  readonly store: Store;
  /** The server's, which also times delays and cuts. */
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Makes the hook of each name, once a playground. */
const kinds = {
  errors: ({ random }) => whenever(random, 0.1, () => ({ kind: 'answer', answer: pick(random, refusals) })),

  slow: ({ random }) => whenever(random, 0.3, () => ({ kind: 'delay', delayMs: between(random, 100, 2000) })),

  resets: ({ random }) =>
    whenever(random, 0.06, () =>
      pick<Fault>(random, [
        { kind: 'refuse', ending: 'reset' },
        { kind: 'lose', ending: 'reset' },
        { kind: 'cut', ending: 'reset', afterBytes: between(random, 1, 500) },
      ]),
    ),

  'half-open': ({ random }) =>
    whenever(random, 0.03, () =>
      pick<Fault>(random, [
        { kind: 'refuse', ending: 'half-open' },
        { kind: 'lose', ending: 'half-open' },
      ]),
    ),

  watches:
    ({ random }) =>
    (request) => {
      if (!isWatch(request)) return undefined;
      if (random() < 0.2 && (request.query.get('resourceVersion') ?? '') !== '') return tooOld;
      const ending = pick(random, ['end', 'reset', 'half-open'] as const);
      return { kind: 'cut', ending, afterMs: between(random, 2000, 10_000) };
    },

  logs:
    ({ random }) =>
    (request) =>
      isLog(request) ? { kind: 'cut', ending: 'end', afterMs: between(random, 1000, 5000) } : undefined,

  restarts,
} as const satisfies Readonly<Record<string, (world: ChaosWorld) => Intercept>>;

export type ChaosName = keyof typeof kinds;

/** All of them, in the order in which they are asked. */
export const chaosNames = Object.keys(kinds) as readonly ChaosName[];

/** Starts the faults of these names; what strikes when depends on the seed and the order of requests alone. */
export function startChaos(
  names: readonly ChaosName[],
  { seed, store, clock, signal }: Omit<ChaosWorld, 'random'> & { readonly seed: number },
): Intercept {
  const hooks = chaosNames
    .filter((name) => names.includes(name))
    // Each has numbers of its own, so that one name more does not change what the others do.
    .map((name) => kinds[name]({ store, clock, signal, random: createRandom(seed + chaosNames.indexOf(name)) }));
  return (request) => {
    for (const hook of hooks) {
      const fault = hook(request);
      if (fault) return fault;
    }
    return undefined;
  };
}

/** As of an API server that is overloaded, whose etcd does not answer, that is about to end. */
const refusals: readonly Extract<Fault, { kind: 'answer' }>['answer'][] = [
  {
    status: 429,
    headers: { 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' },
    text: 'Too many requests, please try again later.\n',
  },
  { status: 500, json: new ApiStatus(500, '', 'etcdserver: request timed out').toBody() },
  { status: 503, json: new ApiStatus(503, 'ServiceUnavailable', 'apiserver is shutting down').toBody() },
];

/** What a watch is told that wants to go on from a revision that is forgotten (apiserver, watch cache). */
const tooOld: Fault = {
  kind: 'answer',
  answer: {
    status: 200,
    text: `${JSON.stringify({ type: 'ERROR', object: new ApiStatus(410, 'Expired', 'too old resource version').toBody() })}\n`,
  },
};

const shortestUpMs = 45_000;
const longestUpMs = 75_000;
const downMs = 1000;

/** Now and then the server goes away for a second, and comes back with an empty watch cache. */
function restarts({ store, clock, random, signal }: ChaosWorld): Intercept {
  let upAtMs = clock.monotonic();
  let downAtMs = upAtMs;
  let timer = plan();
  signal.addEventListener('abort', () => timer.cancel(), { once: true });

  function plan(): { cancel(): void } {
    const upForMs = between(random, shortestUpMs, longestUpMs);
    downAtMs = upAtMs + upForMs;
    return clock.after(downAtMs - clock.monotonic(), () => {
      store.compact();
      upAtMs = downAtMs + downMs;
      timer = plan();
    });
  }
  return (request) => {
    const nowMs = clock.monotonic();
    if (nowMs < upAtMs) return { kind: 'refuse', ending: 'reset' };
    // Short answers are out before; streams end with the server.
    return isWatch(request) || isLog(request) ? { kind: 'cut', ending: 'reset', afterMs: downAtMs - nowMs } : undefined;
  };
}

function whenever(random: () => number, share: number, fault: () => Fault): Intercept {
  return () => (random() < share ? fault() : undefined);
}

function isWatch({ method, query }: ApiRequest): boolean {
  return method === 'GET' && /^(?:1|t|true)$/i.test(query.get('watch') ?? '');
}

function isLog({ method, path, query }: ApiRequest): boolean {
  return method === 'GET' && path.endsWith('/log') && query.has('follow');
}

function pick<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

/** A whole number of at least `min` and less than `max`. */
function between(random: () => number, min: number, max: number): number {
  return min + Math.floor(random() * (max - min));
}
