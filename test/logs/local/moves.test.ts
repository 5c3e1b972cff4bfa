import { describe, expect, test } from 'vitest';
import { nextMove, type Move, type Sight } from '../../../src/logs/local/next-move.ts';
import { unreadFiles, type ReadFile, type RotatedFile } from '../../../src/logs/local/unread.ts';

describe('the next move', () => {
  const usual: Sight = { runs: [0], present: 'a', run: 0, followed: 'a' };
  const rows: readonly [string, Partial<Sight>, Move][] = [
    ['nothing new', {}, { kind: 'stay' }],
    ['another file', { present: 'b' }, { kind: 'next-file' }],
    ['the first file', { followed: undefined }, { kind: 'next-file' }],
    ['renamed, and the new one not there yet', { present: undefined, runs: [] }, { kind: 'stay' }],
    ['another run', { runs: [0, 1, 2] }, { kind: 'next-run', run: 1 }],
    ['another run, and the old one removed', { runs: [3], present: undefined }, { kind: 'next-run', run: 3 }],
    ['another file before another run', { runs: [0, 1], present: 'b' }, { kind: 'next-file' }],
    [
      'the first run',
      { run: undefined, followed: undefined, present: undefined, runs: [2] },
      { kind: 'next-run', run: 2 },
    ],
    ['no run yet', { run: undefined, followed: undefined, present: undefined, runs: [] }, { kind: 'stay' }],
    ['an older run left behind', { run: 2, runs: [1, 2] }, { kind: 'stay' }],
    ['the folder is gone', { runs: undefined, present: undefined }, { kind: 'leave' }],
  ];

  test.each(rows)('%s', (_, change, move) => {
    expect(nextMove({ ...usual, ...change })).toEqual(move);
  });
});

describe('rotated files that nobody has read', () => {
  const dated = (day: number, identity: string, extra: Partial<RotatedFile> = {}): RotatedFile => {
    const stem = `0.log.202611${day}-000000`;
    return { name: stem, stem, packed: false, dated: true, identity, modifiedMs: 0, ...extra };
  };
  const packed = (file: RotatedFile, identity: string): RotatedFile => ({
    ...file,
    name: `${file.stem}.gz`,
    packed: true,
    identity,
  });
  const first = dated(11, 'i1');
  const second = dated(12, 'i2');
  const third = dated(13, 'i3');
  const numbered = (n: number, identity: string): RotatedFile => ({
    ...dated(11, identity),
    name: `0.log.${n}`,
    stem: `0.log.${n}`,
    dated: false,
  });
  const read = (identity: string, known: readonly string[] = [], packedAs?: string): ReadFile => ({
    identity,
    packedAs,
    known: new Set(known),
  });

  const rows: readonly {
    readonly name: string;
    readonly rotated: readonly RotatedFile[];
    readonly read: ReadFile | undefined;
    readonly current?: string;
    readonly files: readonly RotatedFile[];
    readonly gap?: boolean;
  }[] = [
    { name: 'all at the start', rotated: [first, second], read: undefined, files: [first, second] },
    {
      name: 'at the start, and rotated while we looked',
      rotated: [first, second, third],
      read: undefined,
      current: 'i2',
      files: [first],
    },
    { name: 'none, but the one that was followed', rotated: [first], read: read('i1'), files: [] },
    { name: 'one in between', rotated: [first, second], read: read('i1'), files: [second] },
    { name: 'two in between', rotated: [first, second, third], read: read('i1'), files: [second, third] },
    {
      name: 'packed since',
      rotated: [packed(first, 'g1'), second],
      read: read('i1', [], `${first.stem}.gz`),
      files: [second],
    },
    {
      name: 'removed, and others came',
      rotated: [first, second, third],
      read: read('gone', [first.stem]),
      files: [second, third],
      gap: true,
    },
    { name: 'removed, and nothing else', rotated: [first], read: read('gone', [first.stem]), files: [] },
    {
      name: 'numbered',
      rotated: [numbered(2, 'i1'), numbered(1, 'i2')],
      read: read('i1', ['0.log.1']),
      files: [numbered(1, 'i2')],
    },
    {
      name: 'numbered, and lost',
      rotated: [numbered(2, 'i1'), numbered(1, 'i2')],
      read: read('gone'),
      files: [],
      gap: true,
    },
    {
      name: 'rotated again while we looked',
      rotated: [first, second, third],
      read: read('i1'),
      current: 'i3',
      files: [second],
    },
  ];

  test.each(rows)('$name', ({ rotated, read: before, current = 'now', files, gap = false }) => {
    const unread = unreadFiles(rotated, current, before);
    expect(unread.files).toEqual(files);
    expect(unread.gap).toBe(gap);
  });

  test('remembers what is older than the current file', () => {
    expect([...unreadFiles([first, second, third], 'i3', undefined).known]).toEqual([first.stem, second.stem]);
  });
});
