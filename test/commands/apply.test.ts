/** `apply` takes one file, and only what a plan must not keep. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { apply, applyOptions } from '../../src/commands/apply.ts';
import type { ApplyOptions } from '../../src/drain/saved-plan-apply.ts';

function options(...argv: string[]) {
  const words = readCommandLine(['apply', ...argv], globalFlags, [apply]);
  const flags = [...apply.flags, ...globalFlags];
  const verbs = [{ name: 'apply', flags }];
  const read = readSettings({ flags, verbs, verb: 'apply', given: words.given, env: {}, file: undefined });
  const problems = [...words.problems, ...read.problems];
  const problem = (message: string): void => void problems.push(message);
  const input = { settings: read.settings, operands: words.operands, programName: 'kmaint', problem };
  return { options: applyOptions(input), problems };
}

const defaults: ApplyOptions = {
  path: 'my.plan',
  dryRun: 'none',
  assumeYes: false,
  takeOver: false,
  notifyUrl: undefined,
};

describe('applyOptions', () => {
  it.each<[readonly string[], Partial<ApplyOptions>]>([
    [[], {}],
    [['--yes'], { assumeYes: true }],
    [['--dry-run=server'], { dryRun: 'server' }],
    [['--take-over'], { takeOver: true }],
    [['--notify-url=https://hooks.test/x'], { notifyUrl: 'https://hooks.test/x' }],
  ])('%j', (argv, changed) => {
    expect(options('my.plan', ...argv)).toEqual({ options: { ...defaults, ...changed }, problems: [] });
  });

  it.each<[readonly string[], RegExp]>([
    [[], /which plan\?/],
    [[''], /which plan\?/],
    [['a.plan', 'b.plan'], /one plan at a time/],
    [['a.plan', '--force'], /--force/],
    [['a.plan', '--notify-url=ftp://x'], /not an http or https URL/],
  ])('%j is refused', (argv, problem) => {
    expect(options(...argv).problems).toEqual([expect.stringMatching(problem)]);
  });
});
