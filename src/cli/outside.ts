/** The parts of a world that only workflows with something to change need: journals, other programs, other servers. */
import type { World } from '../drain/world.ts';
import type { Surroundings } from './context.ts';

/** Nothing is opened, started or sent yet. */
export async function outside(
  { io, clock }: Surroundings,
  version: string,
): Promise<Pick<World, 'holder' | 'journals' | 'programs' | 'post'>> {
  const [{ journalDeps }, { createJournal }, { pruneRuns }, { newRunId }, { programRunner }, { httpPost }] =
    await Promise.all([
      import('../journal/deps.ts'),
      import('../journal/store.ts'),
      import('../journal/prune.ts'),
      import('../journal/run-id.ts'),
      import('../process/run.ts'),
      import('../drain/ownership/http-post.ts'),
    ]);
  const deps = journalDeps({ io, clock }, io.self, version);
  return {
    holder: deps.holder,
    journals: {
      newRunId: () => newRunId(clock.now(), deps.random),
      async begin(run) {
        const journal = await createJournal(deps, run);
        // House-keeping: what goes wrong with it is no reason to leave a journal open behind a run that never began.
        await pruneRuns(deps).catch(() => {});
        return journal;
      },
    },
    programs: { run: programRunner(clock), env: io.env, cwd: io.workingDirectory },
    post: httpPost,
  };
}
