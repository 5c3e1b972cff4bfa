/** A world for loading kubeconfigs in tests: nothing of the real user's machine shines through. */
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { realClock, type Clock } from '../../src/clock.ts';
import type { ConnectionOptions } from '../../src/cluster/connection.ts';
import { loadConnection, type KubeconfigWorld } from '../../src/cluster/kubeconfig/load.ts';
import { UsageError } from '../../src/errors.ts';
import { programRunner } from '../../src/process/run.ts';
import { FakeClock } from '../support/clock.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures/config');

export function fixture(name: string): string {
  return join(fixtures, name);
}

export function pem(name: string): string {
  return readFileSync(fixture(`pki/${name}`), 'utf8');
}

export interface TestWorld extends KubeconfigWorld {
  readonly warnings: readonly string[];
  readonly clock: Clock;
}

/** A world whose home is empty; overrides replace its members. */
export function testWorld(overrides: Partial<KubeconfigWorld> = {}): TestWorld {
  const warnings: string[] = [];
  return {
    env: {},
    homeDirectory: join(fixtures, 'no-such-home'),
    workingDirectory: fixtures,
    clock: new FakeClock(Date.parse('2027-01-01T00:00:00Z')),
    runProgram: programRunner(realClock),
    signal: new AbortController().signal,
    stdinIsTerminal: false,
    serviceAccountDirectory: join(fixtures, 'no-such-service-account'),
    warn: (message) => warnings.push(message),
    warnings,
    ...overrides,
  };
}

export const signal = new AbortController().signal;

/** The UsageError that loading ends with; it never holds a secret of the fixtures. */
export async function failure(options: ConnectionOptions, env: Record<string, string> = {}): Promise<UsageError> {
  const error: unknown = await loadConnection(options, testWorld({ env })).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error('expected a UsageError', { cause: error });
  expect(JSON.stringify([error.message, error.hint])).not.toMatch(/s3cr3t|hunter2/);
  return error;
}

/** Fixtures as a value of KUBECONFIG. */
export const list = (...names: string[]) => names.map((name) => fixture(name)).join(delimiter);
