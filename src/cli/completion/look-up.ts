/** Looks up the names that a shell may offer. Silent: where there is no answer in time, nothing is offered. */
import { withDeadline } from '../../clock.ts';
import { exitCodes, KmaintError } from '../../errors.ts';
import { version } from '../about.ts';
import { kubeconfigNames, openNames, type Surroundings } from '../context.ts';
import type { AnyFlag } from '../flag.ts';
import { connectionFlags } from '../global-flags.ts';
import type { Candidate, Names } from './completes.ts';

/** Somebody has pressed a key and waits. */
const patienceMs = 3000;

export interface LookUpScope {
  readonly surroundings: Surroundings;
  /** The text of a flag on the line, the last one; undefined where it is not given. */
  readonly given: (name: AnyFlag['name']) => string | undefined;
}

export async function lookUpNames(of: Names, scope: LookUpScope): Promise<readonly Candidate[]> {
  const { clock, signal } = scope.surroundings;
  const late = (): Error => new KmaintError('too late', { code: 'timeout', exitCode: exitCodes.timeout });
  const deadline = withDeadline(clock, patienceMs, signal, late);
  try {
    return await namesOf(of, { ...scope, surroundings: { ...scope.surroundings, signal: deadline.signal } });
  } catch (error) {
    if (error instanceof KmaintError || deadline.signal.aborted) return [];
    throw error;
  } finally {
    deadline.cancel();
  }
}

async function namesOf(of: Names, { surroundings, given }: LookUpScope): Promise<readonly Candidate[]> {
  switch (of) {
    case 'contexts':
    case 'clusters':
    case 'users':
      return (await kubeconfigNames(surroundings, of)).map((word) => ({ word }));
    case 'runs':
    case 'unfinished runs':
      return runs(surroundings, of === 'unfinished runs');
    default: {
      const ignore = (): void => {};
      const lister = await openNames(surroundings, { warn: ignore, serverWarning: ignore, trace: undefined });
      try {
        const everywhere = given('all-namespaces') === 'true';
        const named = given('ns') ?? surroundings.settings.get(connectionFlags.namespace) ?? '';
        const place = everywhere ? undefined : named.split(',')[0] || lister.namespace;
        return (await lister.list(of, place, surroundings.signal)).map((word) => ({ word }));
      } finally {
        lister.close();
      }
    }
  }
}

/** The newest first. */
async function runs(surroundings: Surroundings, onlyUnfinished: boolean): Promise<readonly Candidate[]> {
  const [{ listRuns }, { isUnfinished }, { journalDeps }] = await Promise.all([
    import('../../journal/read.ts'),
    import('../../journal/record.ts'),
    import('../../journal/deps.ts'),
  ]);
  const { runs: records } = await listRuns(journalDeps(surroundings, surroundings.io.self, version));
  return records
    .filter((record) => !onlyUnfinished || isUnfinished(record))
    .map(({ header, state }) => ({ word: header.runId, about: `${header.command} (${state})` }));
}
