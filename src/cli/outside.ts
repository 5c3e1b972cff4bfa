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
        // House-keeping beside it: what goes wrong with that is no reason not to begin.
        const pruned = pruneRuns(deps).catch(() => []);
        const journal = await createJournal(deps, run);
        await pruned;
        return journal;
      },
    },
    programs: { run: programRunner(clock), env: io.env, cwd: io.workingDirectory },
    post: httpPost,
  };
}
