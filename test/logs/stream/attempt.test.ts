/** The first line of a connection without a timestamp: what the kubelet says instead of lines, or a line. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { answerWith, Kubelet } from './kubelet.ts';
import { aContainer, at, attached, follow, followed, some, type Following } from './world.ts';

const odd = '\tat foo';
const said = { kind: 'server-message', text: odd };

/** Follows a log that is sent in these pieces, each to a buffer that is overwritten after use. */
async function sent(...pieces: readonly string[]): Promise<Following> {
  const following = follow();
  await following.clock.advance(0);
  for (const piece of pieces) {
    following.kubelet.send(piece);
    await following.clock.advance(0);
  }
  return following;
}

describe('a first line without a timestamp', () => {
  it('is a message where the log ends behind it', async () => {
    const kubelet = new Kubelet();
    kubelet.answers.push(answerWith(Readable.from([Buffer.from(`${odd}\n`)])));
    const { clock, notices, text, state } = follow({ kubelet, request: { follow: false } });
    await clock.advance(0);
    expect([text(), notices, state.end]).toEqual(['', [attached, said], { kind: 'ended' }]);
    expect(clock.waiting).toBe(0);
  });

  it.each([
    ['with another', [`${odd}\n${at(0, 'a')}\n`]],
    ['before another', [`${odd}\n`, `${at(0, 'a')}\n`]],
    ['in pieces', [odd.slice(0, 3), `${odd.slice(3)}\n${at(0, 'a').slice(0, 10)}`, `${at(0, 'a').slice(10)}\n`]],
  ])('is a line %s', async (_, pieces) => {
    const { clock, kubelet, notices, lines } = await sent(...pieces);
    expect(lines()).toEqual([odd, at(0, 'a')]);
    // It is given once.
    kubelet.send(`${at(1, 'b')}\n`);
    await clock.advance(60_000);
    expect([lines(), notices]).toEqual([[odd, at(0, 'a'), at(1, 'b')], [attached]]);
  });

  it('is a line where the log is silent behind it', async () => {
    const { clock, notices, lines, kubelet } = await sent(`${odd}\n`);
    expect(lines()).toEqual([]);
    await clock.advance(1_000);
    expect(lines()).toEqual([odd]);
    kubelet.send(`${at(0, 'a')}\n`);
    await clock.advance(0);
    expect([lines(), notices]).toEqual([[odd, at(0, 'a')], [attached]]);
  });

  it('is a line before one that is never ended', async () => {
    const following = await sent(`${odd}\n${at(0, 'a')}`);
    following.watched.become(aContainer({ state: 'terminated' }));
    following.kubelet.answers.push(answerWith(Readable.from([Buffer.from(`${odd}\n${at(0, 'a')}`)])));
    following.kubelet.hangUp('end');
    await following.clock.advance(10_000);
    expect([following.lines(), following.state.end]).toEqual([[odd, at(0, 'a')], { kind: 'ended' }]);
  });

  it('is a message where known lines are expected', async () => {
    const following = await followed();
    following.kubelet.answers.push(answerWith(Readable.from([Buffer.from(`${odd}\n`)])));
    following.kubelet.hangUp('end');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(60_000);
    expect(following.lines()).toEqual(some(6));
    expect(following.notices).toContainEqual(said);
  });
});
