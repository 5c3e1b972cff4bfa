import { copyFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { add, following, line, lines, logFolder, put, record, records, temporaryRoot } from './node-folders.ts';

const current = `${logFolder}/0.log`;

async function rootWith(text: string): Promise<string> {
  const root = await temporaryRoot(onTestFinished);
  await put(root, current, text);
  return root;
}

function inLog(root: string, name: string): string {
  return join(root, logFolder, name);
}

describe('a file that is emptied in place', () => {
  test('goes on from its start, with what only the copy has', async () => {
    const root = await rootWith(records(1, 3));
    const log = following(root);
    await log.until((text) => text === lines(1, 3));
    const { appendFileSync, copyFileSync, truncateSync } = await import('node:fs');
    appendFileSync(inLog(root, '0.log'), record(4));
    copyFileSync(inLog(root, '0.log'), inLog(root, '0.log.1'));
    truncateSync(inLog(root, '0.log'), 0);
    appendFileSync(inLog(root, '0.log'), records(5, 9));
    await log.until((text) => text.endsWith(line(9)));
    await log.stop();
    expect(log.text).toBe(lines(1, 9));
    expect(log.notices).toEqual([]);
  });

  test('and then is renamed: the copy is not read again', async () => {
    const root = await rootWith(records(1, 3));
    const log = following(root);
    await log.until((text) => text === lines(1, 3));
    await copyFile(inLog(root, '0.log'), inLog(root, '0.log.20261121-010000'));
    await truncate(inLog(root, '0.log'), 0);
    await add(root, current, record(4));
    await log.until((text) => text.endsWith(line(4)));
    await rename(inLog(root, '0.log'), inLog(root, '0.log.20261121-020000'));
    await put(root, current, record(5));
    await log.until((text) => text.endsWith(line(5)));
    await log.stop();
    expect(log.text).toBe(lines(1, 5));
  });

  test('without a copy the gap is told', async () => {
    const root = await rootWith(records(1, 3));
    const log = following(root);
    await log.until((text) => text === lines(1, 3));
    await truncate(inLog(root, '0.log'), 0);
    await add(root, current, record(4));
    await log.until((text) => text === lines(1, 4));
    await log.stop();
    expect(log.gaps).toEqual(['the log was emptied in place: lines before that may be missing']);
  });
});
