/** A pod that has taken the name of another, which had gone before the watch told of it: logs are asked for by name. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.ts';
import type { LogPod } from '../../src/cluster/log-pod.ts';
import { ScriptedCluster, startTail, type Tailing } from './scripted.ts';
import { aContainer, aLogPod, resolved } from './selection/pods.ts';
import { answerWith, textOf } from './stream/kubelet.ts';
import { some } from './stream/world.ts';

const openedAt = Date.UTC(2026, 0, 1, 0, 0, 30);
const ofSecond = (second: number): string => new Date(openedAt + second * 1000).toISOString().replace('.000Z', 'Z');

function web(uid: string, createdAt: string | undefined, restartCount = 0): LogPod {
  const container = aContainer('app', { containerId: `containerd://${uid}-${restartCount}`, restartCount });
  return aLogPod('web-0', { uid, createdAt, containers: [container] });
}

interface Story {
  readonly scripted: ScriptedCluster;
  readonly run: Tailing;
  /** As `first [since …]` for each log that was opened. */
  readonly asked: () => readonly string[];
  readonly write: (lines: readonly string[]) => Promise<void>;
  /** The watch tells that another pod has taken the place of the first. */
  readonly replace: (by: LogPod) => Promise<void>;
}

/** The log of the name `web-0` has these lines, and is opened for the pod that was there a moment ago. */
async function story(lines: readonly string[], date: string | undefined = new Date(openedAt).toUTCString()) {
  const scripted = new ScriptedCluster();
  const old = web('old', '2025-12-01T00:00:00Z');
  scripted.first = () => [old];
  const log = [...lines];
  const bodies: Readable[] = [];
  scripted.answer = (_, { sinceTime = '', signal }) => {
    const body = new Readable({ read: () => {} });
    signal.addEventListener('abort', () => body.destroy(), { once: true });
    bodies.push(body);
    const text = textOf(log.filter((line) => line >= sinceTime));
    if (text !== '') body.push(Buffer.from(text));
    return answerWith(body, date);
  };
  const run = startTail(scripted, await resolved({}));
  await run.clock.advance(0);
  const told: Story = {
    scripted,
    run,
    asked: () => scripted.logs.map(({ query }) => (query.sinceTime === undefined ? 'all' : 'resumed')),
    async write(more) {
      log.push(...more);
      for (const body of bodies) if (!body.destroyed) body.push(Buffer.from(textOf(more)));
      await run.clock.advance(0);
    },
    async replace(by) {
      scripted.pods = [by];
      scripted.watches[0]?.say({ type: 'deleted', item: old });
      scripted.watches[0]?.say({ type: 'changed', item: by });
      await run.clock.advance(0);
    },
  };
  return { ...told, log, bodies };
}

async function stop({ run }: Story): Promise<void> {
  run.stop.abort(new InterruptedError('SIGINT'));
  await expect(run.done).rejects.toThrow('SIGINT');
  expect(run.clock.waiting).toBe(0);
}

describe('a log that was opened when the other pod was there already', () => {
  it('is left to it, without a line twice, and what was said is put in doubt', async () => {
    const tale = await story(some(5));
    expect(tale.run.lines()).toBe(textOf(some(5)));
    await tale.replace(web('new', ofSecond(-4)));
    expect(tale.asked()).toEqual(['all', 'resumed']);
    expect(tale.run.said).toEqual(['+ web-0/app', '+ web-0/app', '! web-0/app server-message', '- web-0/app gone']);
    await tale.write(some(3, 20));
    expect(tale.run.lines()).toBe(textOf([...some(5), ...some(3, 20)]));
    expect(tale.bodies.map(({ destroyed }) => destroyed)).toEqual([true, false]);
    await stop(tale);
  });

  it('is read as a whole by it, where the lines were not its own', async () => {
    const tale = await story(some(5));
    tale.log.splice(0, Infinity, ...some(4, 40));
    await tale.replace(web('new', ofSecond(1)));
    expect(tale.asked()).toEqual(['all', 'resumed', 'all']);
    // Whether it is still that pod is made sure of first.
    await tale.run.clock.advance(3_000);
    expect(tale.run.lines()).toBe(textOf([...some(5), ...some(4, 40)]));
    await stop(tale);
  });

  it('is no news where it had no line yet', async () => {
    const tale = await story([]);
    await tale.replace(web('new', ofSecond(-4)));
    expect(tale.run.said).toEqual(['+ web-0/app', '+ web-0/app', '- web-0/app gone']);
    expect(tale.asked()).toEqual(['all', 'all']);
    await tale.write(some(3));
    expect(tale.run.lines()).toBe(textOf(some(3)));
    await stop(tale);
  });

  it('goes over to it with its container, as where a node with a static pod joins again', async () => {
    const tale = await story(some(5));
    const [app] = web('old', undefined).containers;
    if (!app) throw new Error('there is no container');
    // Its count of restarts says nothing: they were seen.
    await tale.replace({ ...web('new', ofSecond(3600)), containers: [{ ...app, restartCount: 7 }] });
    expect(tale.run.said.filter((word) => word.endsWith('earlier-runs'))).toEqual([]);
    await tale.write(some(3, 20));
    expect(tale.asked()).toEqual(['all', 'resumed']);
    expect(tale.run.lines()).toBe(textOf([...some(5), ...some(3, 20)]));
    await stop(tale);
  });

  it('is left to the run that it is at, where that is not its first', async () => {
    const tale = await story(some(5));
    await tale.replace(web('new', ofSecond(-20), 2));
    await tale.write(some(3, 20));
    expect(tale.run.lines()).toBe(textOf([...some(5), ...some(3, 20)]));
    await stop(tale);
  });
});

describe('a log that was opened before the other pod was made', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['by the clock of the server', ofSecond(3), undefined],
    ['as far as anybody can tell, without the date of the pod', undefined, undefined],
    ['as far as anybody can tell, without the date of the answer', ofSecond(-4), 'no date'],
  ])('goes on to its end, and the other is asked for once: %s', async (_, createdAt, date) => {
    const tale = await story(some(5), date);
    tale.log.splice(0);
    await tale.replace(web('new', createdAt));
    expect(tale.asked()).toEqual(['all', 'all']);
    expect(tale.run.said).toEqual(['+ web-0/app', '+ web-0/app']);
    // Its last lines come after the news.
    const [old, other] = tale.bodies;
    old?.push(Buffer.from(textOf(some(1, 20))));
    old?.push(null);
    other?.push(Buffer.from(textOf(some(2, 50))));
    await tale.run.clock.advance(0);
    expect(tale.run.lines()).toBe(textOf([...some(5), ...some(1, 20), ...some(2, 50)]));
    await stop(tale);
  });

  it('and has ended, is no concern of the other', async () => {
    const tale = await story(some(2));
    tale.bodies[0]?.push(null);
    tale.log.splice(0);
    tale.scripted.watches[0]?.say({ type: 'deleted', item: web('old', undefined) });
    await tale.run.clock.advance(1_000);
    await tale.replace(web('new', ofSecond(-4)));
    expect(tale.asked().slice(1)).toEqual(['all']);
    await stop(tale);
  });
});
