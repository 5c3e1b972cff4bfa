/** Writes a journal as fast as it can, and says each line that is safe: to be killed by kill.test.ts. */
import { realClock } from '../../src/clock.ts';
import { createJournal } from '../../src/journal/store.ts';
import { aRun } from './run.ts';

async function work(): Promise<never> {
  const journal = await createJournal(
    {
      env: process.env,
      homeDirectory: '/nowhere',
      os: process.platform,
      clock: realClock,
      random: Math.random,
      self: { pid: process.pid, isAlive: () => true },
      holder: 'jane@desk',
      host: 'desk',
      version: '1.2.3',
    },
    aRun(),
  );
  process.stdout.write('began\n');
  for (let count = 0; ; count += 1) {
    await journal.write({
      type: 'pod',
      node: 'node1',
      pod: `shop/web-${count}`,
      uid: String(count),
      state: 'evicting',
    });
    const step = { kind: 'surge', namespace: 'shop', name: 'web', stamp: `stamp-${count}` } as const;
    await journal.write({ type: 'intent', node: 'node1', step });
    process.stdout.write(`${step.stamp}\n`);
  }
}

void work();
