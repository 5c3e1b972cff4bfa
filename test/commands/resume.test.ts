/** What is typed with a resume takes the place of the run's own options; nothing else does. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { drain, drainOptions as readDrain } from '../../src/commands/drain.ts';
import { allDrainFlags } from '../../src/commands/drain-flags.ts';
import { resume } from '../../src/commands/resume.ts';
import { resumeFlags, typedOver } from '../../src/commands/resume-flags.ts';
import type { DrainOptions, RollingOptions } from '../../src/drain/options.ts';
import { drainOptions } from '../support/world.ts';

function read(argv: readonly string[], env: Record<string, string> = {}) {
  const words = readCommandLine(['resume', ...argv], globalFlags, [resume]);
  const verbs = [resume, drain].map(({ name, flags }) => ({ name, flags }));
  const { settings, problems } = readSettings({
    flags: [...resume.flags, ...globalFlags],
    verbs,
    verb: 'resume',
    given: words.given,
    env,
    file: undefined,
  });
  expect([...words.problems, ...problems]).toEqual([]);
  const asked: string[] = [];
  const problem = (message: string): void => void asked.push(message);
  resume.prepare({ settings, operands: words.operands, programName: 'kmaint', problem });
  const typed = readDrain({ settings, operands: ['node'], programName: 'kmaint', problem: () => {} });
  return { over: typedOver(settings, typed), asked };
}

const rolling: RollingOptions = {
  maxUnavailable: { count: 1 },
  exec: ['reboot'],
  waitReadyMs: 1000,
  uncordon: true,
  expectReboot: true,
  minStableMs: 0,
  criticalPods: [],
};
const saved = drainOptions({
  timeoutMs: 60_000,
  onFailure: 'restore',
  escalation: { deadlineMs: 1000, rung: 'delete' },
  rolling,
});

describe('typed over the options of a run', () => {
  it('is nothing without a flag, whatever the environment says', () => {
    const env = { KMAINT_TIMEOUT: '1s', KMAINT_PARALLEL: '9', KMAINT_MAX_IN_FLIGHT: '3' };
    expect(read([], env).over(saved)).toEqual(saved);
  });

  it.each<[string[], Partial<DrainOptions>]>([
    [['--timeout=0s'], { timeoutMs: undefined }],
    [['--timeout=20m'], { timeoutMs: 1_200_000 }],
    [['--total-timeout=1h', '--parallel=3'], { totalTimeoutMs: 3_600_000, parallel: { count: 3 } }],
    [['--force', '--grace-period=5'], { policy: { ...saved.policy, force: true, gracePeriodSeconds: 5 } }],
    [['--escalate=none'], { escalation: undefined }],
    [['--deadline=2m', '--escalate=delete'], { escalation: { deadlineMs: 120_000, rung: 'delete' } }],
    [['--powered-off=node1'], { unreachable: { ...saved.unreachable, poweredOff: ['node1'] } }],
    [['--take-over', '--reason=disk'], { ownership: { ...saved.ownership, takeOver: true, reason: 'disk' } }],
    [['--wait-volumes=1m'], { continuity: { ...saved.continuity, volumesMs: 60_000 } }],
    [['--wait-ready=30m'], { rolling: { ...rolling, waitReadyMs: 1_800_000 } }],
  ])('%j is that, and leaves the rest', (argv, differences) => {
    expect(read(argv).over(saved)).toEqual({ ...saved, ...differences });
  });

  it('refuses a flag of rolling runs for a run that is none', () => {
    const { over } = read(['--min-stable=1m']);
    expect(() => over(drainOptions())).toThrow(/--min-stable is for rolling runs/);
  });
});

it('takes all flags of drain but those that say which nodes, which program and what it is', () => {
  const own = allDrainFlags.filter((flag) => !resumeFlags.includes(flag)).map(({ name }) => name);
  expect(own.sort()).toEqual(['dry-run', 'exec', 'reboot', 'selector', 'uncordon']);
});

it('says what is wrong with a node of itself, not of drain', () => {
  expect(read(['--node=pod/web-1']).asked).toEqual([expect.stringMatching(/resume takes nodes only/)]);
});

it('is no rehearsal, also where the environment asks for one', () => {
  expect(read([], { KMAINT_DRY_RUN: 'client' }).asked).toEqual([expect.stringMatching(/has no dry run/)]);
});
