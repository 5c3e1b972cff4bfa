/** What a node has rotated away comes before the log, and in its gaps: every line once. */
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/errors.ts';
import { namesIn } from '../../../src/logs/rotated/listing.ts';
import { after, createBehind, findLine, firstLineOf, lastLineOf } from '../../../src/logs/rotated/seam.ts';
import { Kubelet, textOf } from '../stream/kubelet.ts';
import { at, some } from '../stream/world.ts';
import { Node, page, read } from './node.ts';

const [first, second, third] = ['0.log.20260101-000000.gz', '0.log.20260101-000100', '0.log.20260101-000200'] as const;

function logOf(lines: readonly string[]): Kubelet {
  const kubelet = new Kubelet();
  kubelet.writeUnseen(lines);
  return kubelet;
}

describe('rotated files', () => {
  it('come before the log, the oldest first, packed or not', async () => {
    const node = new Node();
    node.put(second, some(20, 20));
    node.put(first, some(20));
    node.put('1.log.20260101-000300', ['of another run']);
    const run = read(node, logOf(some(20, 40)), { follow: false });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.lines()).toEqual(some(60));
    expect(run.said()).toEqual([]);
  });

  it('are given although the log itself has no line', async () => {
    const node = new Node();
    node.put(first, some(5));
    const run = read(node, new Kubelet());
    await run.clock.advance(0);
    await expect.poll(run.lines).toEqual(some(5));
    run.stop();
    await run.ended;
  });

  it('are those of the run that is read', async () => {
    const node = new Node();
    node.put('2.log.20260101-000000', some(5));
    node.put('3.log.20260101-000100', some(5, 100));
    const kubelet = logOf([]);
    kubelet.previous = some(5, 5);
    const run = read(node, kubelet, { follow: false, previous: true, restartCount: 3 });
    await run.ended;
    expect(run.lines()).toEqual(some(10));
  });

  it('that appeared while the log was opened are not missed, and what both have is given once', async () => {
    const node = new Node();
    node.put(first, some(10));
    const kubelet = logOf(some(10, 10));
    const run = read(node, kubelet);
    // Between the first look and the first line: all that the log had is in a rotated file now, and more.
    await run.clock.advance(0);
    await expect.poll(run.lines).toEqual(some(20));
    expect(node.asked.filter(({ kind }) => kind === 'folder').length).toBe(2);
    run.stop();

    const late = new Node();
    let looks = 0;
    late.before = ({ kind }) => {
      if (kind === 'folder') looks += 1;
      if (looks === 2) late.put(second, some(10, 5));
    };
    late.put(first, some(5));
    // The kubelet had opened the file that is rotated now, at its tenth line.
    const other = read(late, logOf(some(10, 10)), { follow: false });
    await other.ended;
    expect(other.lines()).toEqual(some(20));
  });

  it('are no older than what is asked for', async () => {
    const node = new Node();
    node.put(first, some(20));
    node.put(second, some(20, 20));
    const run = read(node, logOf(some(20, 40)), { follow: false, since: { time: '2026-01-01T00:00:03.000000000Z' } });
    await run.ended;
    expect(run.lines()).toEqual(some(30, 30));
  });

  it('have their long lines cut as those of the log', async () => {
    const node = new Node();
    node.put(first, [at(0, 'x'.repeat(40_000))]);
    const run = read(node, logOf(some(1, 1)), { follow: false, maxLineBytes: 4096 });
    await run.ended;
    expect(run.lines().map((line) => line.length)).toEqual([
      at(0, '').length + 4096 + '…[truncated 35904 bytes]'.length,
      some(1, 1)[0]?.length,
    ]);
  });

  it('may be packed, or be gone, before they are read', async () => {
    const node = new Node();
    node.put(second, some(5));
    node.put(third, some(5, 5));
    node.before = (query) => {
      if (query.kind !== 'file' || node.asked.length !== 2) return;
      node.files.delete(second);
      node.put(`${second}.gz`, some(5));
      node.files.delete(third);
    };
    const run = read(node, logOf(some(5, 10)), { follow: false });
    await run.ended;
    expect(run.lines()).toEqual([...some(5), ...some(5, 10)]);
    expect(run.gaps()).toEqual([expect.stringMatching(/^0\.log\.20260101-000200 could not be read/)]);
  });

  it('that are damaged are given as far as they can be read', async () => {
    const node = new Node();
    node.put(first, some(500));
    node.files.set(first, (node.files.get(first) ?? Buffer.alloc(0)).subarray(0, -200));
    const run = read(node, logOf(some(5, 500)), { follow: false });
    await run.ended;
    expect(run.gaps()[0]).toMatch(/^0\.log\.20260101-000000\.gz is damaged: /);
    expect(run.lines().slice(0, 20)).toEqual(some(20));
    expect(run.lines().slice(-5)).toEqual(some(5, 500));
  });

  it('are left out with a word where nobody may read them, and the log goes on', async () => {
    const node = new Node();
    const error = new ClusterError('cannot get nodes/proxy', { code: 'cluster.forbidden', status: 403 });
    node.answers.push({ kind: 'forbidden', error });
    const run = read(node, logOf(some(5)), { follow: false });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.lines()).toEqual(some(5));
    expect(run.said()).toEqual([expect.stringMatching(/^rotated files are left out: .*kubectl auth can-i get nodes/)]);
    // Nobody asks again what was forbidden.
    expect(node.asked.length).toBe(1);
  });

  it('are not asked for where only the last lines are wanted, or the pod is on no node', async () => {
    const node = new Node();
    await read(node, logOf(some(5)), { follow: false, tailLines: 2 }).ended;
    await read(node, logOf(some(5)), { follow: false }, { node: '' }).ended;
    expect(node.asked).toEqual([]);
  });

  it('of a static pod are found under the uid that its node gave it', async () => {
    const node = new Node();
    await read(node, logOf([]), { follow: false }, { annotations: { 'kubernetes.io/config.mirror': 'h1' } }).ended;
    expect(node.asked[0]).toEqual({ kind: 'folder', path: 'pods/default_web-1_h1/app' });
  });

  it('fill a gap', async () => {
    const node = new Node();
    const kubelet = logOf(some(5));
    const run = read(node, kubelet, { restartCount: 0 });
    await run.clock.advance(0);
    await expect.poll(run.lines).toEqual(some(5));
    kubelet.hangUp('reset');
    // 500 lines that nobody saw: the API has only those of the last file.
    kubelet.writeUnseen(some(500, 5));
    kubelet.rotate();
    kubelet.writeUnseen(some(5, 505));
    node.put(second, some(505));
    await run.clock.advance(60_000);
    await expect.poll(() => run.lines().length).toBe(510);
    expect(run.lines()).toEqual(some(510));
    expect(run.notices.filter(({ kind }) => kind === 'gap')).toEqual([]);
    expect(run.said()).toEqual(['500 lines that the API did not give were read from rotated files of the node']);
    run.stop();
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['with an older timestamp than the one before it', [at(500, 'out'), at(490, 'err')], some(500, 10)],
    ['with the timestamp of the next', [at(500, 'a')], [at(500, 'b'), at(490, 'c'), ...some(500, 10)]],
  ])('fill a gap right behind the line that was given last, one %s', async (_, given, unseen) => {
    const node = new Node();
    const kubelet = logOf([...some(3), ...given]);
    const run = read(node, kubelet, { restartCount: 0 });
    await run.clock.advance(0);
    await expect.poll(run.lines).toEqual([...some(3), ...given]);
    kubelet.hangUp('reset');
    kubelet.writeUnseen(unseen);
    kubelet.rotate();
    kubelet.writeUnseen(some(5, 510));
    node.put(first, [...some(3), ...given]);
    node.put(second, unseen);
    await run.clock.advance(60_000);
    await expect.poll(() => run.lines().slice(-5)).toEqual(some(5, 510));
    expect(run.lines()).toEqual([...some(3), ...given, ...unseen, ...some(5, 510)]);
    expect(run.gaps()).toEqual([]);
    run.stop();
  });

  it('fill a gap with the rest of a file in which the log began', async () => {
    const node = new Node();
    node.put(first, some(5));
    const kubelet = logOf(some(20, 5));
    // It is rotated while it is opened, and the connection is cut in the middle of it.
    kubelet.cuts.push({ afterBytes: 400, ending: 'reset' });
    let looks = 0;
    node.before = ({ kind }) => {
      if (kind === 'folder') looks += 1;
      if (looks !== 2) return;
      node.put(second, some(20, 5));
      kubelet.rotate();
    };
    const run = read(node, kubelet, { restartCount: 0 });
    await run.clock.advance(0);
    await expect.poll(() => run.lines().length).toBeGreaterThan(5);
    kubelet.write(some(5, 60));
    await run.clock.advance(60_000);
    await expect.poll(() => run.lines().slice(-5)).toEqual(some(5, 60));
    expect(run.lines()).toEqual([...some(25), ...some(5, 60)]);
    run.stop();
  });

  it('leave a gap one that they do not fill', async () => {
    const node = new Node();
    const kubelet = logOf(some(5));
    const run = read(node, kubelet);
    await run.clock.advance(0);
    await expect.poll(run.lines).toEqual(some(5));
    kubelet.hangUp('reset');
    kubelet.writeUnseen(some(500, 5));
    kubelet.rotate();
    kubelet.writeUnseen(some(5, 505));
    await run.clock.advance(60_000);
    await expect.poll(() => run.lines().length).toBe(10);
    expect(run.notices.filter(({ kind }) => kind === 'gap').length).toBe(1);
    run.stop();
  });
});

describe('the list of a folder', () => {
  it('is read off the page of a kubelet', () => {
    expect(namesIn(page(['0.log', first, 'a b&c', 'x/']))).toEqual(['0.log', first, 'a b&c', 'x/']);
    expect(namesIn('<pre>\n<a href="./a%3Ab">a:b</a>\n<a href="%">%</a>\n')).toEqual(['a:b', '%']);
  });
});

describe('the seam', () => {
  it('is the first line as it stands in files', () => {
    const block = Buffer.from('2026-01-01T02:00:00.5+02:00 a\n2026-01-01T00:00:01Z b\n');
    expect(String(firstLineOf(block))).toBe('2026-01-01T00:00:00.500000000Z a\n');
    expect(firstLineOf(Buffer.from('no time\n'))).toBe(undefined);
  });

  it('is a whole line', () => {
    const line = Buffer.from('b\n');
    expect(findLine(Buffer.from('ab\nb\n'), line)).toBe(3);
    expect(findLine(Buffer.from('b\n'), line)).toBe(0);
    expect(findLine(Buffer.from('ab\nbb\n'), line)).toBe(undefined);
  });

  it('ends with the last line', () => {
    expect(['a\nbc\n', 'bc\n', '\n', ''].map((block) => String(lastLineOf(Buffer.from(block))))).toEqual([
      'bc\n',
      'bc\n',
      '\n',
      '',
    ]);
  });

  it('is gone by in time where the line is not found', () => {
    const behind = createBehind(Buffer.from(textOf([at(300, 'lost')])), at(300, '').slice(0, -1));
    expect(behind.pass(Buffer.from(textOf(some(5))))).toBe(undefined);
    expect(String(behind.rest())).toBe(textOf(some(2, 3)));
    expect(behind.rest()).toBe(undefined);
  });

  it('is looked for no longer than memory allows', () => {
    const behind = createBehind(Buffer.from(textOf([at(300, 'lost')])), at(300, '').slice(0, -1));
    const lines = textOf(some(2 ** 16, 3));
    expect(behind.pass(Buffer.from(textOf(some(3))))).toBe(undefined);
    expect(behind.pass(Buffer.from(lines))).toBe(undefined);
    expect(String(behind.pass(Buffer.from(lines)))).toBe(lines + lines);
    expect(String(behind.pass(Buffer.from(lines)))).toBe(lines);
  });

  it.each([
    ['2026-01-01T00:00:00.000000009Z', '2026-01-01T00:00:00.000000010Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000001Z'],
    ['2026-01-01T00:00:00.999999999Z', '2026-01-01T00:00:00.999999999Z'],
  ])('begins after %s', (before, expected) => {
    expect(after(before)).toBe(expected);
    expect(at(0, '').startsWith('2026-01-01T00:00:00.000000000Z')).toBe(true);
  });
});
