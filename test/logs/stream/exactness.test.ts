/** Whatever happens on the way, no line is lost and none is given twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cut } from './kubelet.ts';
import { aContainer, at, follow } from './world.ts';

type Step =
  /** Lines so many ms after the one before, or before it: stdout and stderr race. The text often repeats. */
  | { readonly kind: 'write'; readonly steps: readonly number[]; readonly text: number; readonly pieceBytes: number }
  /** Lines that are written while nobody listens. */
  | { readonly kind: 'miss'; readonly steps: readonly number[]; readonly text: number }
  /** The connection ends in the midst of a line, or between two. */
  | { readonly kind: 'hang-up'; readonly ending: Cut['ending']; readonly halfBytes: number }
  /** The next connections are cut, too. */
  | { readonly kind: 'cuts'; readonly cuts: readonly Cut[] }
  | { readonly kind: 'refuse'; readonly times: number }
  /** The file is renamed, and the next line opens a new one. */
  | { readonly kind: 'rotate' }
  | { readonly kind: 'wait'; readonly ms: number };

const ending = fc.constantFrom('end' as const, 'reset' as const);
// Many lines of one moment, some later, some earlier by less than the disorder that is allowed for.
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 1, arbitrary: fc.integer({ min: -400, max: 3000 }) },
  ),
  { minLength: 1, maxLength: 30 },
);
const text = fc.integer({ min: 0, max: 2 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      steps,
      text,
      pieceBytes: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('miss' as const), steps, text }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('hang-up' as const), ending, halfBytes: fc.integer({ min: 0, max: 60 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('cuts' as const),
      cuts: fc.array(fc.record({ afterBytes: fc.integer({ min: 0, max: 3000 }), ending }), { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), times: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rotate' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }) },
);

/** Long enough for any number of pauses, and for lines that nothing ties to the ones before. */
const recoveryMs = 120_000;

it('gives every line once and in order', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (plan) => {
      const { kubelet, watched, clock, lines, notices, state } = follow();
      let nowMs = 10_000;
      let unique = 0;
      const write = (next: readonly number[], which: number): string[] =>
        next.map((ms) => {
          nowMs += ms;
          return at(nowMs, ['', 'the same', 'and the same again'][which] ?? '');
        });
      await clock.advance(0);
      for (const one of plan) {
        if (one.kind === 'write') kubelet.write(write(one.steps, one.text), one.pieceBytes);
        else if (one.kind === 'miss') {
          kubelet.hangUp('reset');
          kubelet.writeUnseen(write(one.steps, one.text));
        } else if (one.kind === 'hang-up') {
          const [half = ''] = write([0], 2);
          kubelet.send(half.slice(0, one.halfBytes));
          await clock.advance(0);
          kubelet.hangUp(one.ending);
          kubelet.writeUnseen([half]);
        } else if (one.kind === 'cuts') kubelet.cuts.push(...one.cuts);
        else if (one.kind === 'refuse') {
          for (let count = 0; count < one.times; count += 1) {
            kubelet.answers.push({ kind: 'transient', message: 'no', retryAfterMs: undefined });
          }
        } else if (one.kind === 'rotate') {
          // Whoever is cut off before he has a line of the new file cannot know what he missed of the old one.
          kubelet.spareAll();
          kubelet.answers.length = 0;
          await clock.advance(recoveryMs);
          unique += 1;
          kubelet.rotate();
          kubelet.write([at((nowMs += 1), `rotated ${String(unique)}`)]);
          await clock.advance(0);
        } else await clock.advance(one.ms);
        await clock.advance(0);
      }
      // A dozen refusals in a row take longer than that, and last lines are not asked for any more often.
      kubelet.spareAll();
      kubelet.answers.length = 0;
      watched.become(aContainer({ state: 'terminated' }));
      kubelet.endRun();
      await clock.advance(recoveryMs);
      expect(state.end).toEqual({ kind: 'ended' });
      expect(lines()).toEqual(kubelet.written);
      expect(notices.filter(({ kind }) => kind !== 'retry')).toEqual([{ kind: 'attached' }]);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it('gives every line of a fast log, too, though it remembers but its end', { timeout: 60_000 }, async () => {
  const perSecond = 20_000;
  const { kubelet, watched, clock, lines, notices, state } = follow();
  await clock.advance(0);
  let count = 0;
  const more = (howMany: number): string[] =>
    Array.from({ length: howMany }, () => {
      count += 1;
      const nanos = String(Math.floor(((count % perSecond) / perSecond) * 1e9)).padStart(9, '0');
      const second = new Date(1_767_225_600_000 + Math.floor(count / perSecond) * 1000).toISOString().slice(0, 19);
      return `${second}.${nanos}Z ${count % 3 === 0 ? 'line' : `line ${String(count)}`}`;
    });
  for (let turn = 0; turn < 16; turn += 1) {
    kubelet.write(more(5_000), 65_536);
    await clock.advance(0);
    // Half a line, of which the rest never comes.
    kubelet.send('2026-01-01T00:00:09.123456789Z half'.slice(0, turn));
    await clock.advance(0);
    kubelet.hangUp(turn % 2 === 0 ? 'end' : 'reset');
    kubelet.writeUnseen(more(1_500));
    if (turn % 5 === 0) kubelet.cuts.push({ afterBytes: 200_000 * turn, ending: 'reset' });
    await clock.advance(1_000);
  }
  watched.become(aContainer({ state: 'terminated' }));
  kubelet.endRun();
  await clock.advance(recoveryMs);
  expect(state.end).toEqual({ kind: 'ended' });
  expect(lines().length).toBe(104_000);
  expect(lines().join() === kubelet.written.join()).toBe(true);
  expect(notices.filter(({ kind }) => kind !== 'retry')).toEqual([{ kind: 'attached' }]);
});
