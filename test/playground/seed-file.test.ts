/** Seed files: what is read from them, and where a problem is said to be. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { readSeed } from '../../src/playground/seed-file.ts';
import { draftOf } from '../../src/playground/seed-kind.ts';

const problemsOf = (text: string): Promise<readonly string[]> =>
  readSeed(text, 'c.yaml').then(
    () => expect.unreachable(),
    (error: unknown) => {
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({ exitCode: 2, code: 'usage.seed' });
      return (error as UsageError).problems;
    },
  );

const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\n`;

describe('documents', () => {
  it('are numbered and placed by their first line, without the empty ones', async () => {
    const text = `# a comment\n\n${pod('a')}---\n---\n# nothing\n---\n\n${pod('b')}---\n`;
    const objects = await readSeed(text, 'c.yaml');
    expect(objects.map(({ place }) => place)).toEqual(['c.yaml:3 (document 1)', 'c.yaml:11 (document 2)']);
    expect(objects.map(({ value }) => value)).toMatchObject([{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }]);
  });

  it('may have directives, carriage returns, a byte order mark, and text that looks like a separator', async () => {
    const text = `\uFEFF%YAML 1.2\n---\n${pod('a')}data: |\n  --- no\n---  # next\n${pod('b')}...\n`.replaceAll(
      '\n',
      '\r\n',
    );
    const objects = await readSeed(text, 'c.yaml');
    expect(objects.map(({ value }) => value)).toMatchObject([
      { metadata: { name: 'a' }, data: '--- no\n' },
      { metadata: { name: 'b' } },
    ]);
  });

  it('may be JSON, and Lists, whose items are placed one by one', async () => {
    const list = { apiVersion: 'v1', kind: 'PodList', items: [{ kind: 'Pod' }, { kind: 'Node' }] };
    const objects = await readSeed(JSON.stringify(list), 'c.json');
    expect(objects.map(({ place }) => place)).toEqual([
      'c.json:1 (document 1) items[0]',
      'c.json:1 (document 1) items[1]',
    ]);
  });

  it('keep times as texts', async () => {
    const [object] = await readSeed('creationTimestamp: 2026-01-01T00:00:00Z', 'c.yaml');
    expect(object?.value).toEqual({ creationTimestamp: '2026-01-01T00:00:00Z' });
  });
});

describe('problems', () => {
  it('of YAML are all named at once, by line and column of the file', async () => {
    const text = `${pod('a')}---\nkind: [Pod\nname: x\n---\n${pod('b')}---\n  a: 1\n b: 2\n`;
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(/^c\.yaml:6:1 \(document 2\) is not YAML: \S/),
      expect.stringMatching(/^c\.yaml:13:\d+ \(document 4\) is not YAML: \S/),
    ]);
  });

  it.each(['', '\n# only a comment\n', '---\n---\n', 'null'])('of nothing at all: %j', async (text) => {
    expect(await problemsOf(text)).toEqual(['c.yaml holds no objects']);
  });

  it.each([
    ['text', 'is no Kubernetes object but a plain value or a list'],
    [[1], 'is no Kubernetes object but a plain value or a list'],
    [{ kind: 'Pod' }, 'has no apiVersion'],
    [{ apiVersion: 'v1' }, 'has no kind'],
    [{ apiVersion: 'v1', kind: 'Pod', metadata: {} }, 'Pod has no metadata.name'],
    [{ apiVersion: 'v1', kind: 'Deployment' }, 'Deployment is of apps/v1, not of v1'],
    [
      { apiVersion: 'apps/v1', kind: 'Deploymnet' },
      'the playground has no Deploymnet (apps/v1); did you mean Deployment?',
    ],
    [{ apiVersion: 'v1', kind: 'pod' }, 'the playground has no pod (v1); did you mean Pod?'],
  ])('of an object: %j', (value, problem) => {
    expect(draftOf(value)).toEqual({ problem });
  });

  it('of a kind that resembles none list those that there are', () => {
    const found = draftOf({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' });
    expect(found).toEqual({
      problem: expect.stringMatching(
        /^the playground has no Ingress \(networking\.k8s\.io\/v1\); it has .*Deployment, .*Pod, /,
      ),
    });
  });
});
