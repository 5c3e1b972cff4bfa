/** A saved plan reads back as it was, and a file that is anything else is refused with words that say why. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planFiles } from '../../src/drain/saved-plan-file.ts';
import { isSavedPlan, readSavedPlan, savedOptions, savedPlanText, type SavedPlan } from '../../src/drain/saved-plan.ts';
import { UsageError } from '../../src/errors.ts';
import { plan as samplePlan } from '../report/sample-run.ts';
import { drainOptions } from '../support/world.ts';

const saved: SavedPlan = {
  createdAt: '2026-01-01T00:00:00.000Z',
  kmaint: '0.1.0',
  cluster: { server: 'https://10.0.0.1:6443', kubeSystemUid: 'uid-of-kube-system' },
  options: savedOptions(drainOptions()),
  plan: samplePlan,
};
const text = savedPlanText(saved);

function refusal(content: string): UsageError {
  try {
    readSavedPlan(content, 'my.plan', 'kmaint plan n1 --out my.plan');
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The file as somebody would write it who knows how the checksum is made. */
function resealed(change: (content: Record<string, unknown>) => void): string {
  const { sha256: _, ...content } = JSON.parse(text) as Record<string, unknown>;
  change(content);
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
  };
  const sha256 = createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex');
  return JSON.stringify({ ...content, sha256 });
}

function first(content: Record<string, unknown>): Record<string, unknown> {
  return (content['plan'] as { nodes: Record<string, unknown>[] }).nodes[0] as Record<string, unknown>;
}

describe('a saved plan', () => {
  it('reads back as it was', () => {
    // What is undefined is not in the file.
    expect(readSavedPlan(text, 'my.plan', '')).toEqual(saved);
    expect(JSON.parse(text)).toMatchObject({ kmaintPlan: 1, identity: samplePlan.identity });
    expect(isSavedPlan(text)).toBe(true);
  });

  it('keeps all options of execution, waits without limit among them', () => {
    const options = drainOptions({
      timeoutMs: 1,
      totalTimeoutMs: 2,
      parallel: { percent: 25 },
      capacity: 'always',
      onFailure: 'restore',
      continuity: { replacementsMs: Infinity, volumesMs: 5000, surge: true },
      escalation: { deadlineMs: 60_000, rung: 'delete' },
      rolling: {
        maxUnavailable: { count: 2 },
        exec: ['./reboot', 'now'],
        waitReadyMs: Infinity,
        uncordon: true,
        expectReboot: true,
        minStableMs: 30_000,
        criticalPods: ['shop/web'],
      },
    });
    const read = readSavedPlan(savedPlanText({ ...saved, options: savedOptions(options) }), 'my.plan', '').options;
    const { ownership: _, ...rest } = read;
    expect(options).toMatchObject(rest);
    expect(read.continuity.replacementsMs).toBe(Infinity);
    expect(read.rolling?.exec).toEqual(['./reboot', 'now']);
  });

  it('keeps no consent, take-over, proof or secret', () => {
    const options = savedOptions(
      drainOptions({
        assumeYes: true,
        ownership: { ...drainOptions().ownership, takeOver: true, notifyUrl: 'https://hooks.test/SECRET' },
        unreachable: { poweredOff: ['DEAD-NODE'], fenceExec: 'FENCE', outOfService: true },
        escalation: { deadlineMs: 1, rung: 'force' },
      }),
    );
    const written = savedPlanText({ ...saved, options });
    expect(written).not.toMatch(/SECRET|DEAD-NODE|FENCE|takeOver|assumeYes|notifyUrl|"force"\s*[,}]/);
    expect(options.escalation).toBeUndefined();
  });

  it('may be reformatted', () => {
    const reversed = Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed());
    expect(readSavedPlan(`\n${JSON.stringify(reversed)}\r\n`, 'my.plan', '')).toEqual(saved);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /^my\.plan is empty$/],
    ['blanks', ' \n', /^my\.plan is empty$/],
    ['no JSON', 'kind: Pod', /is not JSON/],
    ['a part of a plan', text.slice(0, text.length / 2), /is not JSON: it may have been cut off/],
    ['other JSON', '{"kind":"Pod"}', /is not a plan of kmaint/],
    ['null', 'null', /is not a plan of kmaint/],
    ['a list', '[1]', /is not a plan of kmaint/],
    ['a later version', text.replace('"kmaintPlan": 1', '"kmaintPlan": 2'), /version 2; this kmaint reads version 1/],
    ['no checksum', text.replace(/,\s*"sha256": "\w+"/, ''), /checksum \(sha256\) is missing/],
    ['a changed policy', text.replace('"force": false', '"force": true'), /was changed after it was written/],
    ['a changed pod', text.replace('"web-1"', '"db-1"'), /was changed after it was written/],
    ['another checksum', text.replace(/"sha256": "\w+"/, '"sha256": "00"'), /was changed after it was written/],
    [
      'deep nesting',
      text.replace('"kmaintPlan"', `"x": ${'['.repeat(50_000)}${']'.repeat(50_000)}, "kmaintPlan"`),
      /was changed/,
    ],
    ['a missing list', resealed((content) => delete first(content)['pods']), /plan\.nodes\.0\.pods/],
    ['a wrong type', resealed((content) => (first(content)['cordoned'] = 'no')), /plan\.nodes\.0\.cordoned/],
    ['a node that is a path', resealed((content) => (first(content)['node'] = '../pods')), /plan\.nodes\.0\.node/],
    ['no nodes', resealed((content) => ((content['plan'] as { nodes: unknown }).nodes = [])), /plan\.nodes/],
    [
      'an unknown rung',
      resealed(
        (content) => ((content['options'] as { escalation: unknown }).escalation = { deadlineMs: 1, rung: 'force' }),
      ),
      /options\.escalation\.rung/,
    ],
    ['no options', resealed((content) => delete content['options']), /options/],
  ])('is not %s', (_, content, message) => {
    const error = refusal(content);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ exitCode: 2, hint: 'make a new one: kmaint plan n1 --out my.plan' });
  });

  it('the checksum of the tests is that of the file', () => {
    expect(
      readSavedPlan(
        resealed(() => {}),
        'my.plan',
        '',
      ),
    ).toEqual(saved);
  });

  it('is never believed after any one character was changed', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('a', '0', '"', '}', ' '), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        let content: unknown;
        try {
          content = JSON.parse(changed);
        } catch {
          content = undefined;
        }
        // White space, or the same character again, is no change.
        if (JSON.stringify(content) === JSON.stringify(JSON.parse(text))) return;
        expect(() => readSavedPlan(changed, 'my.plan', '')).toThrow(UsageError);
      }),
      { numRuns: 200 },
    );
  });
});

describe('planFiles', () => {
  const planCommand = 'kmaint plan NODE... --out a.plan';
  let folder = '';
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'kmaint-plan-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('writes a file that only its owner may read, and nothing beside it', async () => {
    const path = join(folder, 'new', 'a.plan');
    await mkdir(join(folder, 'new'));
    await planFiles.writeNew(path, text);
    expect(await planFiles.read(path, planCommand)).toBe(text);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'new'))).toEqual(['a.plan']);
  });

  it('replaces a former plan, even one that was changed', async () => {
    const path = join(folder, 'former.plan');
    await writeFile(path, text.replace('"force": false', '"force": true'), { mode: 0o644 });
    await planFiles.writeNew(path, text);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each<[string, string]>([
    ['another file', 'apiVersion: v1'],
    ['an empty file', ''],
    ['other JSON', '{}'],
    ['a plan that was cut off', text.slice(0, 100)],
  ])('leaves %s as it is', async (_, content) => {
    const path = join(folder, 'other');
    await writeFile(path, content);
    await expect(planFiles.writeNew(path, text)).rejects.toThrow(/exists and is not a plan of kmaint/);
    expect(await readFile(path, 'utf8')).toBe(content);
    await rm(path);
  });

  it('leaves folders and links to nothing as they are', async () => {
    await expect(planFiles.writeNew(folder, text)).rejects.toThrow(UsageError);
    const path = join(folder, 'dangling');
    await symlink(join(folder, 'nowhere'), path);
    await expect(planFiles.writeNew(path, text)).rejects.toThrow(/exists and is not a plan/);
  });

  it('says why it could not write or read', async () => {
    const nowhere = join(folder, 'none', 'a.plan');
    await expect(planFiles.writeNew(nowhere, text)).rejects.toMatchObject({
      message: `cannot write the plan to ${nowhere}: there is no such file or folder`,
      hint: `mkdir -p ${join(folder, 'none')}`,
    });
    await expect(planFiles.read(nowhere, planCommand)).rejects.toMatchObject({
      message: `cannot read the plan ${nowhere}: there is no such file or folder`,
      hint: `to make one: ${planCommand}`,
    });
    await expect(planFiles.read(folder, planCommand)).rejects.toThrow(/it is a folder/);
    const binary = join(folder, 'binary');
    await writeFile(binary, Buffer.from([0xff, 0xfe, 0x7b, 0x00]));
    await expect(planFiles.read(binary, planCommand)).rejects.toThrow(/it is not UTF-8 text/);
  });

  it.skipIf(process.getuid?.() === 0)('says that the folder is closed, and leaves nothing behind', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    await expect(planFiles.writeNew(join(closed, 'a'), text)).rejects.toThrow(/no permission/);
    expect(await readdir(closed)).toEqual([]);
    await chmod(closed, 0o700);
  });
});
