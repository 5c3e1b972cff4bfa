/** `--local` from its words to its bytes: what it does where lines are missing. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runLogsOn, until, type LogRun } from '../support/log-run.ts';
import { logFolder, put, record, records, temporaryRoot } from './local/node-folders.ts';

const missing = 'the log was rotated faster than it could be read: lines may be missing';

/** Reads three lines of a log, which is then rotated twice at once. */
async function rotated(...words: readonly string[]): Promise<LogRun> {
  const root = await temporaryRoot(onTestFinished);
  const file = (name: string): string => join(root, logFolder, name);
  await put(root, `${logFolder}/0.log`, records(1, 3));
  // Nothing is asked of a cluster: nobody listens there.
  const run = runLogsOn('http://127.0.0.1:9', ['--local', '--root', root, '-o', 'raw', ...words]);
  onTestFinished(() => run.interrupt());
  await until('three lines', () => run.out() === 'line 1\nline 2\nline 3\n');
  rmSync(file('0.log'));
  writeFileSync(file('0.log.20261121-030000'), records(8, 9));
  writeFileSync(file('0.log'), record(10));
  return run;
}

test('a gap is told, and the tail goes on', async () => {
  const run = await rotated();
  await until('what is left', () => run.out().endsWith('line 8\nline 9\nline 10\n'));
  expect(run.err()).toContain(`! default web-1 › web: ${missing}\n`);
  run.interrupt();
  expect(await run.done).toBe(130);
});

test('--on-gap=fail ends there, with exit code 1 and without the lines behind it', async () => {
  const run = await rotated('--on-gap=fail');
  await expect(run.done).rejects.toMatchObject({
    code: 'logs.gap',
    exitCode: 1,
    message: 'default/web-1, container web: lines may be missing, and --on-gap=fail ends the tail there',
    // It is read on the node already.
    hint: undefined,
  });
  expect(run.err()).toContain(missing);
  expect(run.out()).toBe('line 1\nline 2\nline 3\n');
});

test('--on-gap=ignore goes on silently', async () => {
  const run = await rotated('--on-gap=ignore');
  await until('what is left', () => run.out().endsWith('line 10\n'));
  expect(run.err()).not.toContain('missing');
  run.interrupt();
  expect(await run.done).toBe(130);
});

test('without following, a file that cannot be read to its end is a gap', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log.20261121-020000.gz`, Buffer.from('no gzip'));
  await put(root, `${logFolder}/0.log`, records(1, 3));
  const words = ['--local', '--root', root, '--no-follow', '-o', 'raw', '--on-gap=fail'];
  const run = runLogsOn('http://127.0.0.1:9', words);
  await expect(run.done).rejects.toMatchObject({ code: 'logs.gap', exitCode: 1 });
  expect(run.err()).toContain('0.log.20261121-020000.gz is damaged');
});

test.each(['none', 'file'])('a root that is no folder is refused (%s)', async (name) => {
  const folder = await temporaryRoot(onTestFinished);
  await put(folder, 'file', '');
  const root = join(folder, name);
  const run = runLogsOn('http://127.0.0.1:9', ['--local', '--root', root, '--no-follow']);
  const message = expect.stringContaining(`--root ${root} is n`) as string;
  await expect(run.done).rejects.toMatchObject({ exitCode: 2, message, hint: `ls -ld ${root}` });
});

test('that nothing fits yet is told once, and what comes is followed', async () => {
  const root = await temporaryRoot(onTestFinished);
  const run = runLogsOn('http://127.0.0.1:9', ['web', '--local', '--root', root, '-o', 'raw']);
  onTestFinished(() => run.interrupt());
  const said = `no container on this machine matches web yet: waiting for one; see what is there: kmaint logs --local --root ${root} --dry-run\n`;
  await until('the news', () => run.err() === said);
  // More than one look at the folders.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await put(root, `${logFolder}/0.log`, records(1, 3));
  await until('the lines', () => run.out() === 'line 1\nline 2\nline 3\n');
  expect(run.err().split('waiting for one')).toHaveLength(2);
  run.interrupt();
  expect(await run.done).toBe(130);
});
