/** Serves the log of a container: what it has written so far and, when asked to follow, what it writes next. */
import type { V1Pod } from '@kubernetes/client-node';
import type { Wire } from '../../cluster/wire.ts';
import { anySignal } from '../../clock.ts';
import type { KubeObject } from '../objects.ts';
import { notFound } from '../registry-errors.ts';
import { typeOf } from '../resources.ts';
import type { Answer, ApiRequest, ApiWorld, Sink, Target } from './handler.ts';
import { chooseContainer, runOf, type ContainerRun } from './logs/container.ts';
import { readLogOptions, type LogOptions } from './logs/options.ts';
import { sourceOf, type LogSource } from './logs/source.ts';
import { lineWriter, type LineWriter } from './logs/writer.ts';

const pods = typeOf('', 'pods');
const nodes = typeOf('', 'nodes');

/** A reader who has caught up waits at least this long, so that fast logs come in batches. */
const shortestWaitMs = 20;

/** GET pods/NAME/log. The stream of a follower ends when the container does, or its pod goes; it never holds lines back. */
export async function serveLog(request: ApiRequest, target: Target, world: ApiWorld): Promise<Answer> {
  const options = readLogOptions(request.query, target.name);
  const pod = world.store.get(pods, target.namespace, target.name);
  if (!pod) throw notFound(pods, target.name);
  const container = chooseContainer(pod as unknown as Wire<V1Pod>, options.container);
  const nodeName = (pod as unknown as Wire<V1Pod>).spec?.nodeName ?? '';
  // Nobody to ask yet: the server answers with nothing at all (`LogLocation` in pkg/registry/core/pod/strategy.go).
  if (nodeName === '') return { status: 204, text: '' };
  if (!world.store.get(nodes, undefined, nodeName)) throw notFound(pods, nodeName);
  const run = runOf(pod, container, options.previous);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain' },
    stream: (sink) => stream(sink, sourceOf(pod, run), run, options, request.signal, world, target),
  };
}

async function stream(
  sink: Sink,
  source: LogSource,
  run: ContainerRun,
  options: LogOptions,
  signal: AbortSignal,
  world: ApiWorld,
  target: Target,
): Promise<void> {
  const writer = lineWriter(sink, options);
  const nowMs = world.clock.now();
  const sinceMs = options.sinceSeconds === undefined ? options.sinceMs : nowMs - options.sinceSeconds * 1000;
  const end = source.countAt(run.endMs ?? nowMs);
  let next = end - Math.min(source.kept(end), options.tailLines ?? Infinity);
  while (next < end && source.timeMs(next) < sinceMs) next += 1;
  next = await writeUntil(end, next, source, writer, signal);
  if (!options.follow || run.endMs !== undefined) return;
  await follow(next, source, writer, signal, world, target, run);
}

async function follow(
  from: number,
  source: LogSource,
  writer: LineWriter,
  signal: AbortSignal,
  { store, clock }: ApiWorld,
  target: Target,
  run: ContainerRun,
): Promise<void> {
  const over = new AbortController();
  let endMs: number | undefined;
  function look(pod: KubeObject | undefined): void {
    const now = pod?.metadata.uid === run.podUid ? currentRun(pod, run.container) : undefined;
    if (now && now.startMs === run.startMs && now.endMs === undefined) return;
    endMs = now?.startMs === run.startMs ? now.endMs : undefined;
    over.abort();
  }
  const unsubscribe = store.subscribe(({ type, kind, object }) => {
    if (type !== pods || object.metadata.uid !== run.podUid) return;
    look(kind === 'deleted' ? undefined : object);
  });
  const waking = anySignal(signal, over.signal);
  try {
    look(store.get(pods, target.namespace, target.name));
    let next = from;
    while (!waking.aborted && !writer.full) {
      next = await writeUntil(source.countAt(clock.now()), next, source, writer, waking);
      const dueMs = source.timeMs(next) - clock.now();
      await clock.sleep(Math.max(dueMs, shortestWaitMs), waking).catch(() => {});
    }
    // What it wrote between the last look and its end.
    if (!signal.aborted) await writeUntil(source.countAt(endMs ?? clock.now()), next, source, writer, signal);
  } finally {
    unsubscribe();
  }
}

function currentRun(pod: KubeObject, container: string): ContainerRun | undefined {
  try {
    return runOf(pod, container, false);
  } catch {
    return undefined;
  }
}

/** Waits for the reader chunk by chunk; returns the first line that was not written. */
async function writeUntil(
  end: number,
  from: number,
  source: LogSource,
  writer: LineWriter,
  signal: AbortSignal,
): Promise<number> {
  let next = from;
  while (next < end && !writer.full && !signal.aborted) {
    await writer.write(source.timeMs(next), source.text(next));
    next += 1;
  }
  await writer.flush();
  return next;
}
