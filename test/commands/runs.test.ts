/** `runs` prints what the journals say, without a cluster. */
import { EventEmitter } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import type { Run } from '../../src/cli/run.ts';
import { readSettings } from '../../src/cli/settings.ts';
import type { Verb } from '../../src/cli/verb.ts';
import { resume } from '../../src/commands/resume.ts';
import { rollback } from '../../src/commands/rollback.ts';
import { runs } from '../../src/commands/runs.ts';
import { runFile } from '../../src/journal/read.ts';
import { createJournal } from '../../src/journal/store.ts';
import { entries, journalWorld } from '../journal/journals.ts';
import { aRun } from '../journal/run.ts';
import { MemoryStream } from '../report/memory-stream.ts';

function prepared(
  verb: Verb,
  argv: readonly string[],
): { work: ReturnType<Verb['prepare']>; problems: string[]; settings: Run['settings'] } {
  const words = readCommandLine([verb.name, ...argv], globalFlags, [verb]);
  const flags = [...verb.flags, ...globalFlags];
  const read = readSettings({
    flags,
    verbs: [{ name: verb.name, flags }],
    verb: verb.name,
    given: words.given,
    env: {},
    file: undefined,
  });
  const problems = [...words.problems, ...read.problems];
  const work = verb.prepare({
    settings: read.settings,
    operands: words.operands,
    programName: 'kmaint',
    problem: (message) => problems.push(message),
  });
  return { work, problems, settings: read.settings };
}

type JournalWorld = Awaited<ReturnType<typeof journalWorld>>;

async function output(
  world: JournalWorld,
  ...argv: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { work, problems, settings } = prepared(runs, argv);
  expect(problems).toEqual([]);
  const stdout = new MemoryStream();
  const stderr = new MemoryStream();
  const io: Run['io'] = {
    argv,
    programName: 'kmaint',
    env: world.env,
    stdin: new PassThrough(),
    stdout,
    stderr,
    homeDirectory: '/nowhere',
    workingDirectory: '/',
    platform: { os: 'linux', arch: 'x64', node: 'v20.19.0' },
    signals: new EventEmitter(),
    self: world.self,
    leave: () => {},
  };
  const commandLine = { again: () => '', command: () => '' };
  const { signal } = new AbortController();
  const code = await work({ io, settings, clock: world.clock, signal, verb: 'runs', warnings: [], commandLine });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const first = '20261120-134500-a1b2c3';
const second = '20261121-134500-a1b2c3';

async function twoRuns(): Promise<JournalWorld> {
  const world = await journalWorld();
  const done = await createJournal(
    world,
    aRun({ runId: first, nodes: [{ name: 'node1', uid: 'u', wasCordoned: false }] }),
  );
  await done.finish('done', 0);
  await done.close();
  const broken = await createJournal(world, aRun({ runId: second }));
  for (const entry of entries) await broken.write(entry);
  await broken.close();
  return world;
}

describe('kmaint runs', () => {
  it('lists the newest first', async () => {
    const { code, stdout, stderr } = await output(await twoRuns());
    expect(stdout).toBe(`ID                       STARTED                VERB    CLUSTER   NODES         OUTCOME
${second}   2026-11-21T13:45:00Z   drain   test      node1,node2   broken-off
${first}   2026-11-21T13:45:00Z   drain   test      node1         done
`);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('says that there are none', async () => {
    expect(await output(await journalWorld())).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no runs on this machine yet\n',
    });
  });

  it('shows one, line by line, and how to go on', async () => {
    const { stdout } = await output(await twoRuns(), 'show', '20261121');
    expect(stdout).toContain(
      `Run ${second}: drain, broken-off\ncontext test, server https://127.0.0.1:6443, user admin\n`,
    );
    expect(stdout).toContain('kmaint v1.2.3): kmaint drain node1 node2\n');
    expect(stdout).toContain('began, 2 nodes: node1, node2 (cordoned before)\n');
    expect(stdout).toContain('node1  begins: surge of Deployment shop/db\n');
    expect(stdout).toContain('node1  pod shop/web-1 gone\n');
    expect(stdout).toContain('node2: not finished; may have happened: hold\n');
    expect(stdout).toContain(`go on: kmaint resume ${second}\ngo back: kmaint rollback ${second}\n`);
  });

  it('gives programs all of it', async () => {
    const world = await twoRuns();
    const list = JSON.parse((await output(world, '-o', 'json')).stdout) as {
      runs: { runId: string; outcome: string }[];
    };
    expect(list.runs.map(({ runId, outcome }) => [runId, outcome])).toEqual([
      [second, 'broken-off'],
      [first, 'done'],
    ]);
    const lines = (await output(world, '-o', 'ndjson')).stdout.split('\n');
    expect(lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as { runId: string }).runId)).toEqual([
      second,
      first,
    ]);
    const one = JSON.parse((await output(world, 'show', second, '-o', 'json')).stdout) as {
      lines: unknown[];
      nodes: unknown[];
    };
    expect(one.lines).toHaveLength(entries.length);
    expect(one.nodes).toMatchObject([
      { name: 'node1' },
      { name: 'node2', openSteps: [{ kind: 'hold', wasCordoned: true }] },
    ]);
  });

  it('names what cannot be read, and does not end well then', async () => {
    const world = await twoRuns();
    await writeFile(runFile(world.runs, '20261122-000000-ffffff'), 'not ours\n');
    const { code, stdout, stderr } = await output(world);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stderr).toMatch(/^warning: .*ffffff\.jsonl, line 1, is not JSON/);
    await expect(output(world, 'show', '20261122')).rejects.toMatchObject({ code: 'journal.corrupt', exitCode: 2 });
    await expect(output(world, 'show', '2027')).rejects.toMatchObject({ code: 'journal.not-found', exitCode: 2 });
  });
});

describe('words', () => {
  it.each<[Verb, string[], RegExp]>([
    [runs, ['hide', 'x'], /takes nothing or show ID/],
    [runs, ['show'], /takes the ID/],
    [runs, ['show', 'a', 'b'], /takes the ID/],
    [resume, ['a', 'b'], /takes the ID of one run/],
    [resume, ['--dry-run=client'], /--dry-run/],
    [resume, ['--deadline=5m'], /--deadline needs --escalate/],
    [resume, ['--node=Not_a_node'], /cannot be the name of a node/],
    [rollback, ['a', 'b'], /takes the ID of one run/],
    [rollback, ['a', '--node=n1'], /not both/],
  ])('$name %j is refused', (verb, argv, problem) => {
    expect(prepared(verb, argv).problems).toEqual([expect.stringMatching(problem)]);
  });

  it.each<[Verb, string[]]>([
    [runs, []],
    [resume, []],
    [resume, ['2026', '-y']],
    [resume, ['--node=node1']],
    [resume, ['2026', '--node=node1,node2', '--timeout=10m', '--force']],
    [rollback, ['2026']],
    [rollback, ['--node=node1', '--yes']],
  ])('$name %j is fine', (verb, argv) => {
    expect(prepared(verb, argv).problems).toEqual([]);
  });
});
