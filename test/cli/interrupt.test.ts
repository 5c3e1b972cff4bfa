/** The first signal aborts, the second leaves. */
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { listenForInterrupt } from '../../src/cli/interrupt.ts';
import { InterruptedError } from '../../src/errors.ts';

it.each([
  ['SIGINT', 'SIGINT', 130],
  ['SIGTERM', 'SIGINT', 130],
  ['SIGINT', 'SIGTERM', 143],
  ['SIGHUP', 'SIGHUP', 129],
])('%s, then %s', (first, second, exitCode) => {
  const signals = new EventEmitter();
  const left: number[] = [];
  const { signal, stop } = listenForInterrupt(signals, (code) => left.push(code));
  expect(signal.aborted).toBe(false);
  signals.emit(first);
  expect(signal.reason).toBeInstanceOf(InterruptedError);
  expect(signal.reason).toMatchObject({ signalName: first });
  expect(left).toEqual([]);
  signals.emit(second);
  expect(left).toEqual([exitCode]);
  stop();
  expect(signals.eventNames()).toEqual([]);
});
