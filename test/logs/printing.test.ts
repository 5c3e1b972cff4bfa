/** What is printed on a terminal does it no harm, wherever else lines might go. */
import { expect, it } from 'vitest';
import type { Output } from '../../src/cli/io.ts';
import { compilePrinting } from '../../src/logs/printing.ts';
import { aSource } from '../support/log-source.ts';
import { optionsIn } from './options-of.ts';

it.each([
  [['--local'], String.raw`\x1b]0;owned\x07`],
  [['--stdin'], String.raw`\x1b]0;owned\x07`],
  // Into a file, as it is.
  [['web'], '\u001b]0;owned\u0007'],
])('with a folder for logs in the settings and %j', async (words, message) => {
  const { options } = optionsIn({ env: { KMAINT_OUTPUT_DIR: '/tmp/logs' } }, 'logs', ...words, '-o', 'raw');
  const problems: string[] = [];
  const world = { io: { stdout: { isTTY: true } as Output, env: {} }, color: 'never' as const };
  const printing = await compilePrinting(world, options, () => {}, problems);
  expect(problems).toEqual([]);
  const block = Buffer.from('2026-11-21T02:16:18.123456789Z \u001b]0;owned\u0007\n');
  expect(printing?.pipeline.printerFor(aSource())(block)).toBe(`${message}\n`);
});
