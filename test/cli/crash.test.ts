/** The report of a bug says enough to find it, and no secret. */
import { expect, it } from 'vitest';
import { crashReport, redactArguments } from '../../src/cli/crash.ts';

const platform = { os: 'linux', arch: 'x64', node: 'v20.20.2' };

it('names version, platform, arguments, stack and causes', () => {
  const error = new TypeError('x is not a function', { cause: new Error('the root of it') });
  const text = crashReport(error, { argv: ['drain', 'node1'], env: {}, platform });
  expect(text).toMatch(/^error: kmaint ran into a bug/);
  expect(text).toContain('node v20.20.2, linux/x64');
  expect(text).toContain('["drain","node1"]');
  expect(text).toContain('TypeError: x is not a function');
  expect(text).toContain('crash.test.ts');
  expect(text).toContain('caused by Error: the root of it');
  expect(text.endsWith('\n')).toBe(true);
});

it('survives what is no error, and errors that cause each other', () => {
  const loop = new Error('loop');
  loop.cause = loop;
  expect(crashReport(loop, { argv: [], env: {}, platform }).match(/caused by/g)).toHaveLength(5);
  expect(crashReport('text', { argv: [], env: {}, platform })).toContain('thrown: string');
});

it('hides tokens, wherever they stand', () => {
  const jwt = 'eyJhbGciOi.eyJzdWIi.c2ln';
  const argv = ['drain', '--token', 'hush-hush', '--token=quiet1', '-s', 'https://me:pw@h/', jwt];
  expect(redactArguments(argv)).toEqual([
    'drain',
    '--token',
    '[redacted]',
    '--token=[redacted]',
    '-s',
    'https://[redacted]@h/',
    '[redacted]',
  ]);
  const error = new Error('bad header "hush-hush" or env-token');
  const text = crashReport(error, { argv, env: { KMAINT_TOKEN: 'env-token' }, platform });
  for (const secret of ['hush-hush', 'quiet1', 'me:pw', 'env-token', jwt]) expect(text).not.toContain(secret);
});
