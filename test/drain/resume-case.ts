/** A journal, a cluster and a drain that remembers what it was told, for what resumes runs. */
import type { DrainOptions } from '../../src/drain/options.ts';
import { resumeRun } from '../../src/drain/resume.ts';
import { storedOptions } from '../../src/drain/resume-options.ts';
import type { DrainNodes, DrainRun, ResumeRequest } from '../../src/drain/resume-parts.ts';
import type { CommandLine } from '../../src/drain/world.ts';
import type { JournalDeps } from '../../src/journal/deps.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { createJournal, type NewRun } from '../../src/journal/store.ts';
import { journalWorld } from '../journal/journals.ts';
import { aRun } from '../journal/run.ts';
import { aNode, aPolicy } from '../support/objects.ts';
import { aWorld, drainOptions, type TestWorld } from '../support/world.ts';

export const runId = '20260101-000000-aaaaaa';
export const options = drainOptions({
  policy: aPolicy({ force: true }),
  timeoutMs: 60_000,
  ownership: { ...drainOptions().ownership, takeOver: true, notifyUrl: 'https://hook.test/secret' },
});

export const base: ResumeRequest = {
  run: undefined,
  nodes: [],
  assumeYes: false,
  notifyUrl: undefined,
  fallback: drainOptions(),
  withTyped: (given) => given,
};

export interface Case {
  readonly world: TestWorld;
  readonly journals: JournalDeps;
  /** What the drain was told. */
  readonly drains: { readonly options: DrainOptions; readonly run: DrainRun }[];
  readonly record: (lines: readonly JournalEntry[], run?: Partial<NewRun>, end?: [string, number]) => Promise<void>;
  readonly resume: (request?: Partial<ResumeRequest>, exitCode?: number) => Promise<number>;
}

export async function aCase(): Promise<Case> {
  const world = aWorld(
    [],
    ['node1', 'node2', 'node3'].map((name) => aNode({ name })),
  );
  const journals = { ...(await journalWorld()), clock: world.clock };
  const drains: Case['drains'] = [];
  return {
    world,
    journals,
    drains,
    async record(lines, run = {}, end) {
      const nodes = ['node1', 'node2'].map((name) => ({ name, uid: `uid-of-${name}`, wasCordoned: false }));
      const journal = await createJournal(journals, aRun({ runId, nodes, ...storedOptions(options), ...run }));
      for (const line of lines) await journal.write(line);
      if (end) await journal.finish(...end);
      await journal.close();
    },
    resume(request = {}, exitCode = 0) {
      const drain: DrainNodes = async (_, drainOf, run) => {
        drains.push({ options: drainOf, run });
        for (const name of drainOf.targets.names) {
          await run.journal.write({ type: 'node', node: name, outcome: 'done', exitCode });
        }
        return exitCode;
      };
      return resumeRun(world, journals, { ...base, ...request }, drain);
    },
  };
}

/** Commands of a run against a cluster that was named on the command line. */
export const onProd: CommandLine = {
  again: (flags = []) => ['kmaint drain --context=prod node1', ...flags].join(' '),
  command: ([verb = '', ...rest]) => ['kmaint', verb, '--context=prod', ...rest].join(' '),
};

export const hold = (node: string, wasCordoned = false): JournalEntry => ({
  type: 'intent',
  node,
  step: { kind: 'hold', wasCordoned },
});
export const done = (node: string): JournalEntry => ({ type: 'node', node, outcome: 'done', exitCode: 0 });
export const late = (node: string): JournalEntry => ({ type: 'node', node, outcome: 'timeout', exitCode: 124 });
