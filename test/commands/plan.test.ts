/** `plan` takes drain's flags as drain does, but none that a plan must not keep. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { drain, drainOptions } from '../../src/commands/drain.ts';
import { plan, planOptions } from '../../src/commands/plan.ts';
import type { ShowPlanOptions } from '../../src/drain/show-plan.ts';

function options(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const words = readCommandLine(['plan', ...argv], globalFlags, [plan, drain]);
  const flags = [...plan.flags, ...globalFlags];
  const verbs = [plan, drain].map((verb) => ({ name: verb.name, flags: [...verb.flags, ...globalFlags] }));
  const read = readSettings({ flags, verbs, verb: 'plan', given: words.given, env, file: undefined });
  const problems = [...words.problems, ...read.problems];
  const { operands, command } = words;
  const problem = (message: string): void => void problems.push(message);
  const input = { settings: read.settings, operands, command, programName: 'kmaint', problem };
  return { options: planOptions(input), ofDrain: drainOptions(input), problems };
}

describe('planOptions', () => {
  it('are those of drain, and look at the room', () => {
    const { options: ours, ofDrain, problems } = options(['node1', '--force', '--timeout=5m', '--out', 'my.plan']);
    expect(problems).toEqual([]);
    expect(ours).toEqual({ ...ofDrain, capacity: 'always', out: 'my.plan' });
  });

  it.each<[readonly string[], Partial<ShowPlanOptions>]>([
    [['node1'], { out: undefined, capacity: 'always' }],
    [['node1', '--capacity=never'], { capacity: 'never' }],
    [['node1', '--escalate=delete', '--deadline=5m'], { escalation: { deadlineMs: 300_000, rung: 'delete' } }],
    [['-l', 'a=b'], { targets: { names: [], selector: 'a=b' } }],
  ])('%j', (argv, expected) => {
    const { options: ours, problems } = options(argv);
    expect(problems).toEqual([]);
    expect(ours).toMatchObject(expected);
  });

  it('takes the program of the rolling loop after --', () => {
    const { options: ours, problems } = options(['node1', '--exec', '--', './patch', 'now']);
    expect(problems).toEqual([]);
    expect(ours.rolling?.exec).toEqual(['./patch', 'now']);
  });

  it('is no dry run, whatever drain is told by the environment', () => {
    expect(options(['node1'], { KMAINT_DRY_RUN: 'server' }).options.dryRun).toBe('none');
  });

  it.each<[readonly string[], RegExp]>([
    [['node1', '--dry-run'], /plan never changes anything/],
    [['node1', '--take-over'], /give it to apply/],
    [['node1', '--notify-url=https://x.test'], /may hold a secret/],
    [['node1', '--powered-off=node1'], /has to be true when it is carried out/],
    [['node1', '--fence-exec=./off'], /not kept in a plan/],
    [['node1', '--out='], /--out is empty/],
    [['node1', '--out=-'], /-o json prints the plan there/],
    [['node1', '--escalate=force', '--deadline=5m'], /needs proof/],
    [[], /which node\?.*: kmaint plan NODE, kmaint plan -l SELECTOR$/m],
    [['pod/web-1'], /plan takes nodes only/],
  ])('%j is refused', (argv, problem) => {
    expect(options(argv).problems.join('\n')).toMatch(problem);
  });
});
