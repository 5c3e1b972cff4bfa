/** A process that is killed in the middle of its journal loses nothing that it was promised. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRun, runIds } from '../../src/journal/read.ts';
import { openExisting } from '../../src/journal/store.ts';
import { journalWorld } from './journals.ts';

const program = fileURLToPath(new URL('writer-process.ts', import.meta.url));

describe.runIf(process.platform !== 'win32')('kill -9', () => {
  it('at any line keeps every intent that was confirmed, and leaves a run that can be gone on with', async () => {
    for (const killAfter of [0, 1, 7, 40]) {
      const world = await journalWorld();
      const child = spawn(process.execPath, ['--import', 'tsx', program], {
        env: { ...process.env, XDG_STATE_HOME: world.env['XDG_STATE_HOME'] },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      const confirmed: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        confirmed.push(line);
        // Lines that were on their way still arrive after it.
        if (confirmed.length > killAfter) child.kill('SIGKILL');
      }
      expect(await ended).toEqual([null, 'SIGKILL']);

      const [runId = ''] = await runIds(world);
      const record = await readRun(world, runId);
      expect(record?.state).toBe('broken-off');
      const stamps = record?.lines.flatMap((line) =>
        line.type === 'intent' && line.step.kind === 'surge' ? [line.step.stamp] : [],
      );
      expect(stamps?.slice(0, confirmed.length - 1)).toEqual(confirmed.slice(1));
      const { journal } = await openExisting(world, runId, 'resume');
      await journal.write({ type: 'node', node: 'node1', outcome: 'done', exitCode: 0 });
      await journal.finish('done', 0);
      await journal.close();
      expect((await readRun(world, runId))?.state).toBe('finished');
    }
  }, 60_000);
});
