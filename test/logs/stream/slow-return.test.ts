/** A log that is opened again and comes slowly: what was given before is known, however long it takes to come. */
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { answerWith, textOf } from './kubelet.ts';
import { attached, followed, some } from './world.ts';

it('known lines that take seconds to come again are not given twice, and are no gap', async () => {
  const following = await followed();
  const body = new Readable({ read: () => {} });
  following.kubelet.answers.push(answerWith(body));
  following.kubelet.hangUp('reset');
  await following.clock.advance(0);
  for (const line of some(5)) {
    body.push(textOf([line]));
    // eslint-disable-next-line no-await-in-loop -- one after the other
    await following.clock.advance(1500);
  }
  body.push(textOf(some(2, 5)));
  await following.clock.advance(1500);
  expect(following.lines()).toEqual(some(7));
  expect(following.notices).toEqual([attached]);
});
