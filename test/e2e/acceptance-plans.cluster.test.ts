/** A plan that was saved is carried out as it is, or not at all. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOf, ownFolder, writesOf, type Bench, type Scene } from '../support/acceptance.ts';
import { waitFor } from '../support/api.ts';
import { targets, type Connected } from '../support/target.ts';

interface Planned {
  readonly s: Scene;
  readonly file: string;
}

type PlanFile = Record<string, unknown> & { readonly cluster: Record<string, unknown> };

/** JSON with sorted keys and no blanks, which is what the checksum is made of; written anew here on purpose. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function sealed(plan: PlanFile): string {
  const rest = Object.fromEntries(Object.entries(plan).filter(([key]) => key !== 'sha256'));
  return JSON.stringify({ ...rest, sha256: createHash('sha256').update(canonical(rest)).digest('hex') });
}

describe.each(targets())('saved plans on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-plan');
  });
  afterAll(() => connected?.dispose());

  /** A Deployment of two on the first of two nodes, and a plan to drain it. */
  async function planned(): Promise<Planned> {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    await s.deployment('web', 2, { readyAfterMs: 200, goneAfterMs: 300 });
    await s.waitReady();
    await s.open();
    const file = join(ownFolder(), 'plan.json');
    const ended = await bench.kmaint(['plan', s.first, '--out', file, '-vv']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).not.toContain('\u001B');
    expect(await untouched({ s, file }, 2)).toBe(true);
    return { s, file };
  }

  async function untouched({ s }: Planned, pods: number): Promise<boolean> {
    const left = (await s.pods(s.first)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return !(await bench.cordoned(s.first)) && left.length === pods;
  }

  it('are carried out', async () => {
    const { s, file } = await planned();
    const ended = await bench.kmaint(['apply', file]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await s.namesOn(s.first)).toEqual([]);
    expect(await bench.cordoned(s.first)).toBe(true);
    expect(ended.stdout + ended.stderr).not.toContain('\u001B');
  });

  it('are not when a pod came that nobody agreed to lose, and nothing is written then', async () => {
    const { s, file } = await planned();
    await s.pod('bare', { nodeName: s.first });
    await s.waitReady();
    const ended = await bench.kmaint(['apply', file, '-vv']);
    expect(ended.code, ended.stderr).toBe(6);
    expect(ended.stderr).toContain(`${s.namespace}/bare`);
    expect(ended.stderr).toContain(`kmaint plan ${s.first}`);
    expect(ended.stderr).toMatch(/GET https:/);
    expect(writesOf(ended.stderr)).toEqual([]);
    expect(await untouched({ s, file }, 3)).toBe(true);
  });

  it('are when a pod was replaced by another of its owner', async () => {
    const { s, file } = await planned();
    const [old] = await s.pods(s.first);
    // The replacement has to come to the same node.
    await s.only(s.first);
    await bench.api.delete(`/api/v1/namespaces/${s.namespace}/pods/${old?.metadata.name ?? ''}`);
    await waitFor('the replacement', async () => {
      const uids = (await s.pods(s.first)).map(({ metadata }) => metadata.uid);
      return uids.length === 2 && !uids.includes(old?.metadata.uid) ? true : undefined;
    });
    await s.waitReady();
    await s.open();
    const ended = await bench.kmaint(['apply', file]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await s.namesOn(s.first)).toEqual([]);
  });

  it('are not when the file is not what was written, or is for another cluster', async () => {
    const { s, file } = await planned();
    const text = readFileSync(file, 'utf8');
    const plan = JSON.parse(text) as PlanFile;
    // Sealed anew without a change it is the same plan: so the seal below is not what is refused.
    writeFileSync(file, sealed(plan));
    const same = await bench.kmaint(['apply', file, '--dry-run=client']);
    expect(same.code, same.stderr).toBe(0);

    const other = { ...plan.cluster, kubeSystemUid: '00000000-0000-0000-0000-000000000000' };
    const cases: readonly (readonly [text: string, code: number, says: string])[] = [
      [text.slice(0, text.length / 2), 2, 'cut off'],
      ['', 2, 'empty'],
      ['{"a":1}', 2, 'not a plan'],
      [text.replace('"force": false', '"force": true'), 2, 'was changed after it was written'],
      [sealed({ ...plan, kmaintPlan: 99 }), 2, 'version 99'],
      [sealed({ ...plan, cluster: other }), 6, 'cluster'],
      [sealed({ ...plan, cluster: { ...other, server: 'https://192.0.2.1:6443' } }), 6, 'cluster'],
    ];
    for (const [content, code, says] of cases) {
      writeFileSync(file, content);
      const ended = await bench.kmaint(['apply', file, '-vv']);
      expect(ended.code, `${says}: ${ended.stderr}`).toBe(code);
      expect(ended.stderr).toContain(says);
      expect(writesOf(ended.stderr)).toEqual([]);
    }
    expect(await untouched({ s, file }, 2)).toBe(true);
  });

  it('are never written over a file that is something else', async () => {
    const s = await bench.scene({ nodes: 1 });
    const file = join(ownFolder(), 'notes.txt');
    writeFileSync(file, 'mine');
    const ended = await bench.kmaint(['plan', s.first, '--out', file]);
    expect(ended.code, ended.stderr).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});
