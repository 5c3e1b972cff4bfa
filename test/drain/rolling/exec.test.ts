import { describe, expect, it, vi } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { runForNode, type ExecDependencies } from '../../../src/drain/rolling/exec.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { programRunner, type RunOptions, type RunOutcome } from '../../../src/process/run.ts';
import { aNode } from '../../support/objects.ts';
import { said } from '../../support/said.ts';
import { aWorld, type TestWorld } from '../../support/world.ts';

const node = aNode();

function dependencies(world: TestWorld, outcome: RunOutcome, given: RunOptions[] = []): ExecDependencies {
  return {
    run: async (options) => {
      given.push(options);
      await world.clock.sleep(0, options.signal);
      return said(options, outcome);
    },
    env: { PATH: '/bin', KMAINT_NODE: 'from outside' },
    cwd: '/work',
    report: world.report,
    clock: world.clock,
    runId: '20261121-134500-a1b2c3',
  };
}

async function outcomeOf(outcome: RunOutcome, given: RunOptions[] = []) {
  const world = aWorld([]);
  const end = runForNode(dependencies(world, outcome, given), node, ['reboot', '--token', 'secret'], world.signal);
  await world.clock.advance(0);
  return { world, end: await end };
}

describe('the program for a node', () => {
  it('gets its arguments as they are, no stdin, and the names of node and run', async () => {
    const given: RunOptions[] = [];
    const { end, world } = await outcomeOf({ kind: 'exited', exitCode: 0, stdout: '', stderr: '' }, given);
    expect(end).toEqual({ ok: true });
    expect(given).toMatchObject([
      {
        file: 'reboot',
        args: ['--token', 'secret'],
        stdin: 'ignore',
        stderr: 'pipe',
        cwd: '/work',
        env: { PATH: '/bin', KMAINT_NODE: 'node1', KMAINT_RUN: '20261121-134500-a1b2c3' },
      },
    ]);
    expect(world.only('node.step')).toMatchObject({ node: 'node1', step: 'exec' });
  });

  it('has its output told line by line, and its arguments not at all', async () => {
    const { world } = await outcomeOf({ kind: 'exited', exitCode: 0, stdout: 'one\r\n\ntwo\n', stderr: 'three' });
    expect(world.all('detail').map(({ message }) => message)).toEqual([
      'node1: reboot: one',
      'node1: reboot: two',
      'node1: reboot: three',
    ]);
    expect(JSON.stringify(world.events)).not.toContain('secret');
  });

  it.each<[RunOutcome, string]>([
    [{ kind: 'exited', exitCode: 3, stdout: '', stderr: 'no\n' }, 'reboot ended with exit code 3 after 0s: no'],
    [{ kind: 'killed', signalName: 'SIGSEGV', stdout: '', stderr: '' }, 'reboot was ended by SIGSEGV after 0s'],
    [{ kind: 'timed-out', stdout: '', stderr: '' }, 'reboot did not end in time (0s)'],
    [{ kind: 'not-found' }, 'reboot was not found'],
    [{ kind: 'not-started', why: 'EACCES' }, 'reboot could not be started: EACCES'],
  ])('that ends by %j fails', async (outcome, message) => {
    const { end, world } = await outcomeOf(outcome);
    expect(end).toEqual({ ok: false, message });
    expect(world.all('node.step')).toEqual([]);
  });

  it('has only its last lines in the message of its failure', async () => {
    const stdout = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n');
    const { end } = await outcomeOf({ kind: 'exited', exitCode: 1, stdout, stderr: '' });
    expect(end).toHaveProperty(
      'message',
      expect.stringMatching(/: line 15 \| line 16 \| line 17 \| line 18 \| line 19$/),
    );
  });

  it('has each of them cut short', async () => {
    const { end } = await outcomeOf({ kind: 'exited', exitCode: 1, stdout: 'x'.repeat(10_000), stderr: '' });
    expect(end).toHaveProperty('message', expect.stringMatching(/: x{300}…$/));
  });

  it('is heard while it runs: each line at once, from both streams', async () => {
    const world = aWorld([]);
    const ended = new AbortController();
    let heard = (): void => {};
    const first = new Promise<void>((resolve) => (heard = resolve));
    world.onEvent = ({ type }) => {
      if (type === 'detail') heard();
    };
    // It ends only after somebody has heard its first line.
    const script = `console.log('first'); process.once('SIGUSR2', () => { console.error('second'); process.exit(0); });
      setInterval(() => {}, 1000); console.log('pid ' + process.pid)`;
    const end = runForNode(
      { ...dependencies(world, { kind: 'not-found' }), run: programRunner(realClock), cwd: process.cwd() },
      node,
      [process.execPath, '-e', script],
      ended.signal,
    );
    await first;
    await vi.waitFor(() => expect(world.all('detail')).toHaveLength(2), 5000);
    const pid = Number(/pid (\d+)$/.exec(world.all('detail')[1]?.message ?? '')?.[1]);
    expect(world.all('node.step')).toEqual([]);
    process.kill(pid, 'SIGUSR2');
    expect(await end).toEqual({ ok: true });
    expect(world.all('detail').at(-1)?.message).toBe(`node1: ${process.execPath}: second`);
  });

  it('rejects with the interrupt', async () => {
    const world = aWorld([]);
    const interrupt = new InterruptedError('SIGTERM');
    world.interrupt(interrupt);
    const end = runForNode(dependencies(world, { kind: 'not-found' }), node, ['reboot'], world.signal);
    await expect(end).rejects.toBe(interrupt);
  });

  it('is a real program', async () => {
    const world = aWorld([]);
    const script = 'console.log(process.env.KMAINT_NODE, process.argv[1]); process.exitCode = 4';
    const end = await runForNode(
      { ...dependencies(world, { kind: 'not-found' }), run: programRunner(realClock), cwd: process.cwd() },
      node,
      [process.execPath, '-e', script, '$(hostname); *'],
      world.signal,
    );
    expect(end).toEqual({
      ok: false,
      message: expect.stringMatching(/exit code 4 after \d+s: node1 \$\(hostname\); \*$/),
    });
  });
});
