import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resolveInside } from '../../../src/logs/local/inside-root.ts';
import { temporaryRoot } from './node-folders.ts';

async function tree(): Promise<string> {
  const root = await temporaryRoot(onTestFinished);
  await mkdir(join(root, 'data/logs'), { recursive: true });
  await mkdir(join(root, 'var'));
  await writeFile(join(root, 'data/logs/0.log'), 'x');
  await symlink('/data', join(root, 'var/absolute'));
  await symlink('../data', join(root, 'var/relative'));
  await symlink('../../../../../../data', join(root, 'var/climbing'));
  await symlink('/var/absolute/logs', join(root, 'var/twice'));
  await symlink('circle', join(root, 'var/circle'));
  await symlink('/etc', join(root, 'var/outside'));
  return root;
}

test.each([
  '/data/logs/0.log',
  '/var/absolute/logs/0.log',
  '/var/relative/logs/0.log',
  '/var/climbing/logs/0.log',
  '/var/twice/0.log',
  '/../../data/./logs//0.log',
])('%s is inside', async (path) => {
  const root = await tree();
  expect(await resolveInside(root, path)).toBe(join(root, 'data/logs/0.log'));
});

test('a link to a place that is only outside is missing', async () => {
  const root = await tree();
  await expect(resolveInside(root, '/var/outside/passwd')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('links in a circle end', async () => {
  const root = await tree();
  await expect(resolveInside(root, '/var/circle')).rejects.toMatchObject({ code: 'ELOOP' });
});

test('the whole of the machine is a root too', async () => {
  const root = await tree();
  expect(await resolveInside('/', join(root, 'data/logs/0.log'))).toBe(join(root, 'data/logs/0.log'));
});
