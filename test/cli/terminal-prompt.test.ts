/** A question is asked only where somebody can answer, and an interrupt ends the waiting. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Input, Output } from '../../src/cli/io.ts';
import { terminalAsker, terminalPrompt } from '../../src/cli/terminal-prompt.ts';

function terminal(tty: { stdin?: boolean; stderr?: boolean } = {}): {
  stdin: Input;
  stderr: Output;
  shown: () => string;
} {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty.stdin ?? true });
  const stderr = Object.assign(new PassThrough(), { isTTY: tty.stderr ?? true });
  return { stdin, stderr, shown: () => String(stderr.read() ?? '') };
}

describe('terminalPrompt', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    [' y \r\n', true],
    ['\n', false],
    ['n\n', false],
    ['yo\n', false],
    ['whatever\ny\n', false],
  ])('takes %j for %s', async (answer, value) => {
    const { stdin, stderr, shown } = terminal();
    const { signal } = new AbortController();
    const asked = terminalPrompt({ stdin, stderr }).confirm('Drain node1?', { signal });
    stdin.push(answer);
    await expect(asked).resolves.toBe(value);
    expect(shown()).toBe('Drain node1? [y/N] ');
  });

  it('takes the end of stdin for no', async () => {
    const { stdin, stderr } = terminal();
    const asked = terminalPrompt({ stdin, stderr }).confirm('Sure?', { signal: new AbortController().signal });
    stdin.push(null);
    await expect(asked).resolves.toBe(false);
  });

  it.each([
    [{}, true],
    [{ stdin: false }, false],
    [{ stderr: false }, false],
  ])('with %j somebody can answer: %s', (tty, available) => {
    const { stdin, stderr, shown } = terminal(tty);
    expect(terminalPrompt({ stdin, stderr }).available).toBe(available);
    expect(shown()).toBe('');
  });

  it('rejects with the reason when it is interrupted, before and while it waits', async () => {
    const { stdin, stderr } = terminal();
    const controller = new AbortController();
    const asked = terminalPrompt({ stdin, stderr }).confirm('Sure?', { signal: controller.signal });
    const reason = new Error('interrupted');
    setImmediate(() => controller.abort(reason));
    await expect(asked).rejects.toBe(reason);
    await expect(terminalPrompt({ stdin, stderr }).confirm('Sure?', { signal: controller.signal })).rejects.toBe(
      reason,
    );
  });
});

describe('terminalAsker', () => {
  it('asks for one line after the other', async () => {
    const { stdin, stderr, shown } = terminal();
    const { signal } = new AbortController();
    const ask = terminalAsker({ stdin, stderr });
    const first = ask?.('Which? ', signal);
    stdin.push('web\n');
    await expect(first).resolves.toBe('web');
    const second = ask?.('And? ', signal);
    stdin.push('1,2\n');
    await expect(second).resolves.toBe('1,2');
    expect(shown()).toBe('Which? And? ');
  });

  it('is nobody where nobody can answer', () => {
    expect(terminalAsker(terminal({ stdin: false }))).toBeUndefined();
    expect(terminalAsker(terminal({ stderr: false }))).toBeUndefined();
  });

  it('rejects with the reason when it is interrupted', async () => {
    const stop = new AbortController();
    const reason = new Error('interrupted');
    const asked = terminalAsker(terminal())?.('Which? ', stop.signal);
    setImmediate(() => stop.abort(reason));
    await expect(asked).rejects.toBe(reason);
  });
});
