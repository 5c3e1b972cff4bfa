/** From the command line to the requests of cordon and uncordon, against a server on loopback that has one node. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { commandLine } from '../../src/cli/command-line.ts';
import { connectionFlags, globalFlags } from '../../src/cli/global-flags.ts';
import type { Io } from '../../src/cli/io.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { realClock } from '../../src/clock.ts';
import { cordon } from '../../src/commands/cordon.ts';
import { uncordon } from '../../src/commands/uncordon.ts';
import { holderName } from '../../src/drain/ownership/holder.ts';
import { json, startServer, status, type Received, type ReplayServer } from '../support/server.ts';

// The first request loads the Kubernetes client, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const env = {};

async function run(...words: string[]): Promise<{ exitCode: number; problems: readonly string[]; events: object[] }> {
  const argv = [...words, '-o', 'ndjson', `--server=${server.url}`];
  const read = readCommandLine(argv, globalFlags, [cordon, uncordon]);
  const verb = words[0] === 'cordon' ? cordon : uncordon;
  const flags = [...verb.flags, ...globalFlags];
  const verbs = [cordon, uncordon].map((one) => ({ name: one.name, flags: [...one.flags, ...globalFlags] }));
  const { settings, ...checked } = readSettings({
    flags,
    verbs,
    verb: verb.name,
    given: read.given,
    env,
    file: undefined,
  });
  const problems = [...read.problems, ...checked.problems];
  const { operands } = read;
  const problem = (message: string): void => void problems.push(message);
  const work = verb.prepare({ settings, operands, programName: 'kmaint', problem });
  if (problems.length > 0) return { exitCode: 2, problems, events: [] };

  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const io: Io = {
    argv,
    programName: 'kmaint',
    env,
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough().resume(),
    homeDirectory: '/nowhere',
    workingDirectory: '/nowhere',
    platform: { os: 'linux', arch: 'x64', node: 'v24.0.0' },
    signals: new EventEmitter(),
    self: { pid: 1, isAlive: () => true },
    leave: () => {},
  };
  const exitCode = await work({
    io,
    settings,
    clock: realClock,
    signal: new AbortController().signal,
    verb: verb.name,
    warnings: [],
    commandLine: commandLine({
      programName: 'kmaint',
      verb: verb.name,
      given: read.given,
      operands,
      command: undefined,
      connection: Object.values(connectionFlags),
      os: 'linux',
    }),
  });
  const lines = text.trim().split('\n');
  return { exitCode, problems, events: lines.map((line) => JSON.parse(line) as object) };
}

const node = (unschedulable: boolean, annotations: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node1', uid: 'u1', resourceVersion: '7', annotations },
  spec: { unschedulable },
});
const theirs = {
  'kmaint.io/cordon': JSON.stringify({ run: '', by: 'bob@laptop', at: '2026-01-01T00:00:00Z', reason: 'new disk' }),
};
const sent = (method: string): Received[] => server.requests.filter((request) => request.method === method);
const patches = (): unknown[] => sent('PATCH').map(({ body }) => JSON.parse(body) as unknown);

describe('kmaint cordon', () => {
  it('without a reason sends the patch of kubectl', async () => {
    server.next(json(200, node(false)), json(200, node(true)));
    expect(await run('cordon', 'node1')).toMatchObject({ exitCode: 0 });
    expect(patches()).toEqual([{ metadata: { uid: 'u1' }, spec: { unschedulable: true } }]);
  });

  it('with a reason signs in the same request, only on the node as it was read', async () => {
    server.next(json(200, node(false)), json(200, node(true)));
    expect(await run('cordon', 'node1', '--reason=new disk', '--ticket', 'OPS-7')).toMatchObject({ exitCode: 0 });
    expect(patches()).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ uid: 'u1', resourceVersion: '7' }) as object,
        spec: expect.objectContaining({ unschedulable: true }) as object,
      }),
    ]);
    const [patch] = patches() as [{ metadata: { annotations: Record<string, string> } }];
    expect(JSON.parse(patch.metadata.annotations['kmaint.io/cordon'] ?? '')).toMatchObject({
      by: holderName(env),
      reason: 'new disk',
      ticket: 'OPS-7',
    });
  });

  it('tries again after a conflict with the kubelet', async () => {
    const conflict = status(409, 'Conflict', 'the object has been modified');
    server.next(json(200, node(false)), conflict, json(200, node(false)), json(200, node(true)));
    expect(await run('cordon', 'node1', '--reason', 'x')).toMatchObject({ exitCode: 0 });
    expect(patches()).toHaveLength(2);
  });
});

describe('kmaint uncordon', () => {
  it('sends the patch of kubectl where nobody signed', async () => {
    server.next(json(200, node(true)), json(200, node(false)));
    expect(await run('uncordon', 'node1')).toMatchObject({ exitCode: 0 });
    expect(patches()).toEqual([{ metadata: { uid: 'u1' }, spec: { unschedulable: null } }]);
  });

  it('refuses what somebody else cordoned for a reason, and says how to go on', async () => {
    server.next(json(200, node(true, theirs)));
    const { exitCode, events } = await run('uncordon', 'node1');
    expect(exitCode).toBe(5);
    expect(patches()).toEqual([]);
    expect(JSON.stringify(events)).toContain('was cordoned by bob@laptop at 2026-01-01T00:00:00Z: new disk');
    expect(events.at(-1)).toMatchObject({
      outcome: 'held',
      exitCode: 5,
      resume: [expect.stringContaining('--take-over') as string],
    });
  });

  it('--take-over uncordons and removes the record in one request', async () => {
    server.next(json(200, node(true, theirs)), json(200, node(false)));
    expect(await run('uncordon', 'node1', '--take-over')).toMatchObject({ exitCode: 0 });
    expect(patches()).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ annotations: { 'kmaint.io/cordon': null } }) as object,
      }),
    ]);
  });
});

describe.each([
  ['cordon', true],
  ['uncordon', false],
] as const)('%s', (verb, unschedulable) => {
  it('sends nothing to a node that is so already', async () => {
    server.next(json(200, node(unschedulable)));
    const { exitCode, events } = await run(verb, 'node1');
    expect(exitCode).toBe(0);
    expect(sent('PATCH')).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: `node.${verb}ed`, node: 'node1', changed: false }));
  });

  it('-l asks the server for the nodes with these labels', async () => {
    const list = { apiVersion: 'v1', kind: 'NodeList', metadata: {}, items: [node(!unschedulable)] };
    server.next(json(200, list), json(200, node(unschedulable)));
    expect(await run(verb, '-l', 'a=b')).toMatchObject({ exitCode: 0 });
    expect(sent('GET').map(({ url }) => url)).toEqual([
      expect.stringMatching(/^\/api\/v1\/nodes\?.*labelSelector=a%3Db/),
    ]);
    expect(sent('PATCH').map(({ url }) => url)).toEqual([expect.stringMatching(/^\/api\/v1\/nodes\/node1\?/)]);
  });
});

describe.each([
  [['cordon', 'node1'], node(false), node(true)],
  [['cordon', 'node1', '--reason', 'x'], node(false), node(true)],
  [['uncordon', 'node1'], node(true), node(false)],
  [['uncordon', 'node1', '--take-over'], node(true, theirs), node(false)],
])('%j', (words, before, after) => {
  const told = (dryRun: string): unknown =>
    expect.objectContaining({ type: `node.${words[0]}ed`, node: 'node1', changed: true, dryRun });

  it('--dry-run=server has the API server judge one patch that it does not store', async () => {
    server.next(json(200, before), json(200, after));
    const { exitCode, events } = await run(...words, '--dry-run=server');
    expect(exitCode).toBe(0);
    expect(sent('PATCH').map(({ url }) => url)).toEqual([expect.stringMatching(/[?&]dryRun=All(?:&|$)/)]);
    expect(events).toContainEqual(told('server'));
  });

  it.each(['--dry-run', '--dry-run=client'])('%s sends no patch', async (flag) => {
    server.next(json(200, before));
    const { exitCode, events } = await run(...words, flag);
    expect(exitCode).toBe(0);
    expect(sent('PATCH')).toEqual([]);
    expect(events).toContainEqual(told('client'));
  });
});

describe('flags', () => {
  it.each([
    [['uncordon', 'node1', '--reason', 'x'], 'unknown flag --reason for uncordon'],
    [['cordon', 'node1', '--take-over'], 'unknown flag --take-over for cordon'],
    [['cordon', '--reason', 'x'], 'which node?'],
    [['uncordon'], 'which node?'],
    [['cordon', 'n1', '-l', 'a=b'], 'not both'],
    [['uncordon', 'n1', '-l', 'a=b'], 'not both'],
  ])('%j is refused', async (words, message) => {
    const { problems } = await run(...words);
    expect(problems.join('\n')).toContain(message);
    expect(server.requests).toEqual([]);
  });
});
