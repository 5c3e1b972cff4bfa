/** `kmaint runs`: what was done from this machine, and what is unfinished. */
import { version } from '../cli/about.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import type { Run } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { exitCodes, type ExitCode } from '../errors.ts';
import type { JournalDeps } from '../journal/deps.ts';

export const runs: Verb = {
  name: 'runs',
  operands: '[show ID]',
  summary: 'List the runs of this machine, or show one',
  about: `Lists what kmaint did from this machine, newest first, and how each run ended; with \`show ID\`, one run line by line.
It asks no cluster and changes nothing. An ID may be shortened as long as no other begins the same.`,
  examples: `kmaint runs
kmaint runs show 20261121-134500
kmaint runs -o json`,
  notes: `broken-off is a run whose process ended without a last word: kmaint resume goes on with it, kmaint rollback goes back.
The journals lie in $XDG_STATE_HOME/kmaint/runs (~/.local/state/kmaint/runs); finished runs go when they are older than
90 days and not among the newest 200.

Exit codes: 0 done, 1 some journals cannot be read, 2 usage, no such run, or a journal that cannot be read.`,
  flags: [],
  removedFlags: {},
  completes: (operands) => (operands.length === 0 ? ['show'] : operands.length === 1 ? 'runs' : undefined),
  prepare({ settings, operands, problem }) {
    const [word, id, ...more] = operands;
    if (word !== undefined && word !== 'show') problem(`runs takes nothing or show ID, but got ${operands.join(' ')}`);
    else if (word === 'show' && (id === undefined || more.length > 0)) problem('runs show takes the ID of one run');
    const output = settings.get(conversationFlags.output);
    return (run) => (id === undefined ? list(run, output) : show(run, id, output));
  },
};

type Output = 'text' | 'json' | 'ndjson';

async function list(run: Run, output: Output): Promise<ExitCode> {
  const [{ listRuns }, { runJson, runsTable, unreadableLines }, deps] = await Promise.all([
    import('../journal/read.ts'),
    import('../journal/runs-text.ts'),
    journalsOf(run),
  ]);
  const { runs: records, unreadable } = await listRuns(deps);
  const { stdout, stderr } = run.io;
  const objects = records.map((record) => runJson(record, false));
  if (output === 'json') stdout.write(`${JSON.stringify({ runs: objects, unreadable }, undefined, 2)}\n`);
  else if (output === 'ndjson') stdout.write(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
  else if (records.length > 0) stdout.write(`${runsTable(records).join('\n')}\n`);
  else stderr.write('no runs on this machine yet\n');
  for (const line of unreadableLines(unreadable)) stderr.write(`${line}\n`);
  return unreadable.length > 0 ? exitCodes.incomplete : exitCodes.done;
}

async function show(run: Run, id: string, output: Output): Promise<ExitCode> {
  const [{ readRun }, { runJson, runLines }, deps] = await Promise.all([
    import('../journal/read.ts'),
    import('../journal/runs-text.ts'),
    journalsOf(run),
  ]);
  const record = await readRun(deps, id);
  if (!record) run.io.stderr.write(`run ${id} ended before it changed anything: there is nothing to show\n`);
  else if (output === 'text') run.io.stdout.write(`${runLines(record).join('\n')}\n`);
  else run.io.stdout.write(`${JSON.stringify(runJson(record, true), undefined, output === 'json' ? 2 : 0)}\n`);
  return exitCodes.done;
}

async function journalsOf(run: Run): Promise<JournalDeps> {
  const { journalDeps } = await import('../journal/deps.ts');
  return journalDeps(run, run.io.self, version);
}
