/** Who is told of a run, and a run over several nodes that brings each back before the next. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { benchOf, ownFolder, recordsOf, type Bench, type RunResult } from '../support/acceptance.ts';
import { waitFor } from '../support/api.ts';
import { targets, type Connected } from '../support/target.ts';

interface Notice {
  readonly event: string;
  readonly runId: string;
  readonly verb: string;
  readonly nodes: readonly string[];
  readonly reason?: string;
  readonly ticket?: string;
  readonly exitCode?: number;
  readonly outcome?: string;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

/** A program that appends to `file` what `expression`, of JavaScript, says when it runs. */
function appender(expression: string): { readonly program: string; lines(): readonly string[] } {
  const folder = ownFolder();
  const program = join(folder, 'program');
  const file = join(folder, 'lines');
  const code = `require('node:fs').appendFileSync(${JSON.stringify(file)}, ${expression});`;
  writeFileSync(program, `#!${process.execPath}\n${code}\n`);
  chmodSync(program, 0o755);
  return { program, lines: () => linesOf(file) };
}

/** A web hook that answers each call with 204. */
async function hook(): Promise<{ readonly url: string; readonly notices: Notice[] }> {
  const notices: Notice[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      if (request.method === 'POST') notices.push(JSON.parse(text) as Notice);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`, notices };
}

describe.each(targets())('notices and rolling runs on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-roll');
  });
  afterAll(() => connected?.dispose());

  const condition = (type: string, heartbeat: Date) => ({
    status: {
      conditions: [
        {
          type,
          status: 'True',
          reason: 'DockerHung',
          message: 'kernel: task docker blocked',
          lastHeartbeatTime: heartbeat.toISOString(),
          lastTransitionTime: heartbeat.toISOString(),
        },
      ],
    },
  });
  const setCondition = (node: string, type: string, heartbeat: Date) =>
    bench.api.patch(
      `/api/v1/nodes/${node}/status`,
      condition(type, heartbeat),
      'application/strategic-merge-patch+json',
    );

  it('reason and ticket stand on the node and in its events; program and web hook hear of start and end', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 300 });
    await s.waitReady();
    const told = appender(`require('node:fs').readFileSync(0)`);
    const web = await hook();
    const why = ['--reason=new disk', '--ticket=OPS-7'];
    const notify = ['--notify-exec', told.program, '--notify-url', web.url];
    const ended = await bench.kmaint(['drain', s.first, '--force', ...why, ...notify, '-o', 'json']);
    expect(ended.code, ended.stderr).toBe(0);
    const { runId = '' } = JSON.parse(ended.stdout) as RunResult;

    const { annotations = {} } = (await bench.node(s.first)).metadata;
    const record = JSON.parse(annotations['kmaint.io/cordon'] ?? '{}') as Record<string, string>;
    expect(record).toMatchObject({ run: runId, reason: 'new disk', ticket: 'OPS-7' });
    const selector = encodeURIComponent(`involvedObject.kind=Node,involvedObject.name=${s.first}`);
    type Event = { metadata: { name: string }; reason: string; message: string };
    const all = await bench.api.list<Event>(`/api/v1/events?fieldSelector=${selector}`);
    const ours = all.filter(({ reason }) => reason.startsWith('Drain'));
    expect(ours.map(({ reason }) => reason).sort()).toEqual(['DrainStarted', 'DrainSucceeded']);
    for (const { message } of ours) expect(message).toMatch(/new disk.*OPS-7/);

    for (const notices of [told.lines().map((line) => JSON.parse(line) as Notice), web.notices]) {
      expect(notices.map(({ event }) => event)).toEqual(['started', 'finished']);
      for (const notice of notices) {
        expect(notice).toMatchObject({ runId, verb: 'drain', nodes: [s.first], reason: 'new disk', ticket: 'OPS-7' });
      }
      expect(notices[1]).toMatchObject({ exitCode: 0, outcome: 'done' });
    }
  });

  it('a drain that fails or is interrupted is told exactly once as well', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.deployment('web', 1);
    await s.budget('web', { maxUnavailable: 0 });
    await s.waitReady();
    const told = appender(`require('node:fs').readFileSync(0)`);
    const web = await hook();
    const notify = ['--notify-exec', told.program, '--notify-url', web.url];
    const late = await bench.kmaint(['drain', s.first, '--timeout=2s', ...notify]);
    expect(late.code, late.stderr).toBe(124);
    let sent = false;
    const broken = await bench.kmaint(['drain', s.first, ...notify], {
      onStderr: (text, child) => {
        if (sent || !text.includes('blocked')) return;
        sent = true;
        child.kill('SIGTERM');
      },
    });
    expect(broken.code, broken.stderr).toBe(143);
    for (const notices of [told.lines().map((line) => JSON.parse(line) as Notice), web.notices]) {
      expect(notices.map(({ event, exitCode }) => [event, exitCode])).toEqual([
        ['started', undefined],
        ['failed', 124],
        ['started', undefined],
        ['failed', 143],
      ]);
    }
  });

  it('a rolling run runs the program once for each node, and brings it back before the next is cordoned', async () => {
    const s = await bench.scene({ nodes: 3 });
    await s.deployment('web', 3, { readyAfterMs: 200, goneAfterMs: 200 });
    await s.waitReady();
    const work = appender(`process.env.KMAINT_NODE + ' ' + process.argv[2] + '\\n'`);
    let most = 0;
    let running = true;
    const sampling = (async () => {
      while (running) {
        const cordons = await Promise.all(s.nodeNames.map((name) => bench.cordoned(name)));
        most = Math.max(most, cordons.filter(Boolean).length);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    })();
    const words = ['drain', '-l', s.nodeSelector, '--max-unavailable=1', '--uncordon', '-o', 'ndjson', '--exec'];
    const ended = await bench.kmaint([...words, '--', work.program, 'upgrade']);
    running = false;
    await sampling;
    expect(ended.code, ended.stderr).toBe(0);
    expect(work.lines().map((line) => line.split(' ')[1])).toEqual(['upgrade', 'upgrade', 'upgrade']);
    expect([...work.lines()].sort()).toEqual(s.nodeNames.map((name) => `${name} upgrade`).sort());
    expect(most).toBe(1);
    const cordons = recordsOf(ended.stdout).filter(
      ({ type }) => type === 'node.cordoned' || type === 'node.uncordoned',
    );
    const order = work.lines().map((line) => line.split(' ')[0] ?? '');
    expect(cordons.map(({ type, node }) => `${type} ${node ?? ''}`)).toEqual(
      order.flatMap((name) => [`node.cordoned ${name}`, `node.uncordoned ${name}`]),
    );
    expect(await Promise.all(s.nodeNames.map((name) => bench.cordoned(name)))).toEqual([false, false, false]);
  });

  it('a program that fails stops the run: its node stays cordoned, the others are not begun', async () => {
    const s = await bench.scene({ nodes: 3 });
    const words = ['drain', ...s.nodeNames, '--max-unavailable=1', '--uncordon', '-o', 'json', '--exec'];
    const ended = await bench.kmaint([...words, '--', process.execPath, '-e', 'process.exit(9)']);
    expect(ended.code, ended.stderr).toBe(1);
    expect(await Promise.all(s.nodeNames.map((name) => bench.cordoned(name)))).toEqual([true, false, false]);
    const { nodes } = JSON.parse(ended.stdout) as RunResult;
    expect(nodes[0]?.message).toContain('9');
    expect(nodes.slice(1).map(({ message }) => message?.slice(0, 9))).toEqual(['not begun', 'not begun']);
  });

  it('a fresh KernelDeadlock on the first node stops the run with 7; one that nobody repeated is a warning', async () => {
    const s = await bench.scene({ nodes: 3 });
    const work = appender(`process.env.KMAINT_NODE + '\\n'`);
    const rolling = ['--max-unavailable=1', '--uncordon', '--min-stable=9s', '-o', 'json', '--exec'];
    const running = bench.kmaint(['drain', ...s.nodeNames, ...rolling, '--', work.program]);
    await waitFor('the work on the first node', async () => (work.lines().length === 1 ? true : undefined));
    await waitFor('its return', async () => ((await bench.cordoned(s.first)) ? undefined : true));
    // Seen while it has to stay well it ends the run at once; a gate right after the return would be patient first.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await setCondition(s.first, 'KernelDeadlock', new Date());
    const ended = await running;
    expect(ended.code, ended.stderr).toBe(7);
    expect(ended.stdout).toContain('KernelDeadlock is True');
    expect(work.lines()).toEqual([s.first]);
    expect(await Promise.all(s.nodeNames.map((name) => bench.cordoned(name)))).toEqual([false, false, false]);
    const { nodes } = JSON.parse(ended.stdout) as RunResult;
    expect(nodes[0]).toMatchObject({ node: s.first, exitCode: 7 });
    expect(nodes.slice(1).map(({ message }) => message?.slice(0, 9))).toEqual(['not begun', 'not begun']);

    // An hour old: its detector is dead. On the second node, for on the first the fake kubelet may repeat it.
    await setCondition(s.second, 'KernelDeadlock', new Date(Date.now() - 3_600_000));
    const stale = ['--max-unavailable=1', '--uncordon', '-o', 'json', '--exec', '--', work.program];
    const went = await bench.kmaint(['drain', s.second, s.third, ...stale]);
    expect(went.code, went.stderr).toBe(0);
    const { warnings } = JSON.parse(went.stdout) as RunResult;
    expect(warnings.join('\n')).toContain('KernelDeadlock is True');
    expect(work.lines()).toEqual([s.first, s.second, s.third]);
  }, 300_000);
});
