/** `kill -9` at every step of a run: afterwards `resume` finishes it, or `rollback` puts everything back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeNode } from '../cluster/nodes.ts';
import { waitFor, type Api } from '../support/api.ts';
import { kmaint } from '../support/kmaint.ts';
import { createScenario } from '../support/scenario.ts';
import { targets, type Connected } from '../support/target.ts';

let api: Api;
let kubeconfig: string;

interface NodeState {
  readonly unschedulable: boolean;
  readonly labels: unknown;
  readonly annotations: unknown;
}

async function stateOf(name: string): Promise<NodeState> {
  const { spec, metadata } = await api.get<FakeNode>(`/api/v1/nodes/${name}`);
  return { unschedulable: spec.unschedulable ?? false, labels: metadata.labels, annotations: metadata.annotations };
}

/** Lines of the only journal below this folder. */
function journalLines(folder: string): readonly string[] {
  try {
    const runs = join(folder, 'kmaint', 'runs');
    const file = readdirSync(runs).find((name) => name.endsWith('.jsonl'));
    return file === undefined ? [] : readFileSync(join(runs, file), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

const variants = {
  plain: { flags: ['--exclude-from-lb', '--hold-autoscaler', '--reason=disk'], command: [] },
  rolling: {
    flags: ['--max-unavailable=1', '--uncordon', '--hold-autoscaler', '--exec'],
    command: ['--', process.execPath, '-e', '0'],
  },
} as const;

/** Kills a drain as soon as its journal has that many lines, goes on or back, and looks at what is left. */
async function crash(variant: keyof typeof variants, lines: number, way: 'resume' | 'rollback'): Promise<void> {
  const s = await createScenario(api, { nodes: 2, prefix: 'crash' });
  const folder = mkdtempSync(join(tmpdir(), 'kmaint-crash-'));
  const env = { XDG_STATE_HOME: folder };
  const [node = '', other = ''] = s.nodeNames;
  try {
    await api.patch(`/api/v1/nodes/${other}`, { spec: { unschedulable: true } });
    await waitFor(`the taint of ${other}`, async () => {
      const { spec } = await api.get<FakeNode>(`/api/v1/nodes/${other}`);
      return spec.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable') === true ? true : undefined;
    });
    await s.deployment('web', 3, { readyAfterMs: 200, goneAfterMs: 200 });
    await s.budget('web', { maxUnavailable: 1 });
    await s.waitReady();
    await api.patch(`/api/v1/nodes/${other}`, { spec: { unschedulable: null } });
    const before = await stateOf(node);
    const old = new Set((await s.pods(node)).map(({ metadata }) => metadata.uid));

    const { flags, command } = variants[variant];
    let killed = false;
    await kmaint(['drain', node, ...flags, ...command], {
      kubeconfig,
      env,
      onStart: (child) => {
        const watch = setInterval(() => {
          if (journalLines(folder).length < lines) return;
          clearInterval(watch);
          killed = child.kill('SIGKILL');
        }, 1);
        child.on('close', () => clearInterval(watch));
      },
    });
    const where = `${variant}, ${String(lines)} lines, ${way}, ${killed ? 'killed' : 'ended'}; journal:\n${journalLines(folder).join('\n')}`;

    // By its name also a run that had come to its end can be taken back.
    const id = /"runId":"([^"]+)"/.exec(journalLines(folder)[0] ?? '')?.[1];
    const after = await kmaint(way === 'rollback' && id !== undefined ? [way, id] : [way], { kubeconfig, env });
    const begun = journalLines(folder).some((line) => line.includes('"type":"intent"'));
    if (way === 'resume') {
      expect(after.code, `${where}\n${after.stderr}`).toBe(begun ? 0 : after.code);
      const left = (await s.pods(node)).filter(({ metadata }) => old.has(metadata.uid));
      if (begun) expect(left, where).toEqual([]);
      const now = await stateOf(node);
      expect(JSON.stringify(now.annotations), where).not.toContain('kmaint.io/hold');
      expect(now.unschedulable, where).toBe(begun && variant === 'plain');
    } else {
      // What changed nothing has nothing to put back.
      expect([0, 2, 3], `${where}\n${after.stderr}`).toContain(after.code);
      if (begun) expect(after.code, `${where}\n${after.stderr}`).toBe(0);
      expect(await stateOf(node), where).toEqual(before);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await s.dispose();
  }
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Some at a time: each mostly waits for pods. */
async function crashAll(variant: keyof typeof variants, points: readonly number[], first: number): Promise<void> {
  await Promise.all(
    points.map((lines, index) => crash(variant, lines, (first + index) % 2 === 0 ? 'resume' : 'rollback')),
  );
}

describe.each(targets())('kill -9 on the $name', (target) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await target.connect();
    ({ api, kubeconfig } = connected);
  });
  afterAll(() => connected?.dispose());

  // Every step on the playground, both ways; a sample on the real server.
  const batches =
    target.name === 'playground' ? [range(1, 5), range(6, 10), range(11, 15), range(16, 20)] : [[1, 3, 5, 8, 12]];

  for (const variant of ['plain', 'rolling'] as const) {
    for (const points of batches) {
      for (const first of target.name === 'playground' ? [0, 1] : [0]) {
        const ways = first === 0 ? 'resume, rollback, …' : 'rollback, resume, …';
        it(`${variant}, after lines ${points.join(', ')}: ${ways}`, () => crashAll(variant, points, first));
      }
    }
  }
});
