/** Blocks that are told once, however often they repeat. */
import { describe, expect, it } from 'vitest';
import { BlockFold } from '../../src/report/block-fold.ts';
import type { PodBlocked } from '../../src/report/block-text.ts';
import { blocked, web1, web2 } from './sample-run.ts';

const one = blocked(web1, 2, 2) as PodBlocked;
const other = blocked(web2, 2, 1) as PodBlocked;
const webhook: PodBlocked = { ...one, reason: 'webhook', budget: undefined, message: 'webhook w denied' };

type Step = readonly [atMs: number, event: PodBlocked | 'left web1' | 'left web2', news?: boolean];

describe('BlockFold', () => {
  it.each<readonly [string, readonly Step[]]>([
    ['tells the first', [[0, one, true]]],
    [
      'folds the same pod, whatever the numbers and however long',
      [
        [0, one, true],
        [5000, one, false],
        [90_000, { ...one, message: 'budget shop/web needs 2 healthy pods and has 1' }, false],
      ],
    ],
    [
      'folds other pods of the same budget while one of them waits',
      [
        [0, one, true],
        [50_000, other, false],
        [60_000, 'left web1'],
        [120_000, one, false],
      ],
    ],
    [
      'tells another reason of the same pod, and the first one again only after half a minute',
      [
        [0, one, true],
        [1000, webhook, true],
        [29_999, one, false],
        [30_000, webhook, false],
        [61_000, one, true],
      ],
    ],
    [
      'folds a reason that many pods share',
      [
        [0, webhook, true],
        [0, { ...webhook, pod: web2 }, false],
        [0, { ...webhook, pod: web2, message: 'webhook v denied' }, false],
        [0, { ...webhook, pod: { ...web2, uid: 'u-3' }, message: 'webhook v denied' }, false],
      ],
    ],
    [
      'tells a budget again that was clear for half a minute, not one that comes and goes',
      [
        [0, one, true],
        [1000, 'left web1'],
        [2000, other, false],
        [3000, 'left web2'],
        [40_000, other, true],
      ],
    ],
  ])('%s', (_, steps) => {
    const fold = new BlockFold();
    for (const [atMs, event, news] of steps) {
      if (typeof event === 'string') fold.left(event === 'left web1' ? web1.uid : web2.uid);
      else expect([atMs, fold.isNews(event, atMs)]).toEqual([atMs, news]);
    }
  });
});
