/** Flags become the options of the workflow, with kubectl's defaults, and bad targets are found before anything is sent. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { drain, drainOptions } from '../../src/commands/drain.ts';
import type { DrainOptions, RollingOptions } from '../../src/drain/options.ts';

function options(...argv: string[]): { options: DrainOptions; problems: readonly string[] } {
  const words = readCommandLine(['drain', ...argv], globalFlags, [drain]);
  const flags = [...drain.flags, ...globalFlags];
  const verbs = [{ name: 'drain', flags }];
  const read = readSettings({ flags, verbs, verb: 'drain', given: words.given, env: {}, file: undefined });
  const problems = [...words.problems, ...read.problems];
  const input = {
    settings: read.settings,
    operands: words.operands,
    programName: 'kmaint',
    problem: (message: string): void => void problems.push(message),
  };
  return { options: drainOptions(input), problems };
}

const defaults: DrainOptions = {
  targets: { names: ['node1'], selector: undefined },
  dryRun: 'none',
  policy: {
    force: false,
    ignoreDaemonSets: true,
    deleteEmptyDirData: false,
    disableEviction: false,
    gracePeriodSeconds: undefined,
    skipWaitForDeleteTimeoutSeconds: 0,
    podSelector: undefined,
    strict: false,
    order: [],
  },
  chunkSize: 500,
  timeoutMs: undefined,
  totalTimeoutMs: undefined,
  maxInFlight: 25,
  assumeYes: false,
  parallel: { count: 1 },
  capacity: 'auto',
  onFailure: 'keep',
  ownership: {
    reason: undefined,
    ticket: undefined,
    takeOver: false,
    excludeFromLoadBalancers: false,
    holdAutoscaler: false,
    notifyExec: undefined,
    notifyUrl: undefined,
  },
  continuity: { replacementsMs: undefined, volumesMs: undefined, surge: false },
  escalation: undefined,
  unreachable: { poweredOff: [], fenceExec: undefined, outOfService: false },
  rolling: undefined,
};

const rollingDefaults: RollingOptions = {
  maxUnavailable: { count: 1 },
  exec: undefined,
  waitReadyMs: undefined,
  uncordon: false,
  expectReboot: false,
  minStableMs: 0,
  criticalPods: [],
};

describe('drainOptions', () => {
  it("has kubectl's defaults, except that DaemonSet pods are left alone", () => {
    expect(options('node1')).toEqual({ options: defaults, problems: [] });
  });

  it.each<[string, Partial<DrainOptions['policy']>]>([
    ['--force', { force: true }],
    ['--ignore-daemonsets=false', { ignoreDaemonSets: false }],
    ['--delete-emptydir-data', { deleteEmptyDirData: true }],
    ['--disable-eviction', { disableEviction: true }],
    ['--grace-period=0', { gracePeriodSeconds: 0 }],
    ['--grace-period=-1', { gracePeriodSeconds: undefined }],
    ['--grace-period=600', { gracePeriodSeconds: 600 }],
    ['--skip-wait-for-delete-timeout=20', { skipWaitForDeleteTimeoutSeconds: 20 }],
    ['--pod-selector=app!=db', { podSelector: 'app!=db' }],
    ['--pod-selector=', { podSelector: undefined }],
    ['--strict', { strict: true }],
  ])('%s changes that alone', (flag, policy) => {
    expect(options('node1', flag)).toEqual({
      options: { ...defaults, policy: { ...defaults.policy, ...policy } },
      problems: [],
    });
  });

  it.each<[string, Partial<DrainOptions>]>([
    ['--dry-run', { dryRun: 'client' }],
    ['--dry-run=server', { dryRun: 'server' }],
    ['--timeout=5m', { timeoutMs: 300_000 }],
    ['--timeout=0', { timeoutMs: undefined }],
    ['--total-timeout=1h', { totalTimeoutMs: 3_600_000 }],
    ['--chunk-size=0', { chunkSize: 0 }],
    ['--max-in-flight=1', { maxInFlight: 1 }],
    ['-y', { assumeYes: true }],
    ['--parallel=25%', { parallel: { percent: 25 } }],
    ['--on-failure=restore', { onFailure: 'restore' }],
  ])('%s changes that alone', (flag, changed) => {
    expect(options('node1', flag)).toEqual({ options: { ...defaults, ...changed }, problems: [] });
  });

  it.each<[string, Partial<RollingOptions>]>([
    ['--max-unavailable=25%', { maxUnavailable: { percent: 25 } }],
    ['--critical-pods=kube-system/coredns', { criticalPods: ['kube-system/coredns'] }],
    ['--critical-pods=shop:app=db', { criticalPods: ['shop:app=db'] }],
  ])('%s makes the run a rolling one', (flag, changed) => {
    expect(options('node1', flag)).toEqual({
      options: { ...defaults, rolling: { ...rollingDefaults, ...changed } },
      problems: [],
    });
  });

  it.each([
    [['node/n1', 'nodes/n2', 'no/n3', 'n1'], { names: ['n1', 'n2', 'n3'], selector: undefined }],
    [['-l', 'pool=old'], { names: [], selector: 'pool=old' }],
  ])('%j names the nodes', (argv, targets) => {
    expect(options(...argv)).toEqual({ options: { ...defaults, targets }, problems: [] });
  });

  it.each([
    [[], /which node\?/],
    [['n1', '-l', 'a=b'], /not both/],
    [['n1', '--selector='], /not both/],
    [['-l', ''], /--selector is empty/],
    [['-l', 'a in b'], /--selector: "a in b" is not a label selector/],
    [['pod/x'], /"pod\/x" is not a node/],
    [['../pods'], /is not a node/],
    [['Node_1'], /cannot be the name of a node/],
    [[''], /cannot be the name of a node/],
    [['n1', '--grace-period=-2'], /too small/],
    [['n1', '--max-in-flight=0'], /too small/],
    [['n1', '--dry-run=maybe'], /none of none, client, server/],
    [['n1', '--parallel=0'], /"0" is no number of nodes; write 2 or 25%/],
    [['n1', '--parallel=x'], /"x" is no number of nodes; write 2 or 25%/],
    [['n1', '--parallel=101%'], /"101%" is more than all nodes/],
    [['n1', '--critical-pods=coredns'], /"coredns" is neither NAMESPACE\/NAME nor NAMESPACE:LABEL=VALUE/],
    [['n1', '--reboot'], /--reboot needs --exec/],
  ])('%j is refused', (argv, problem) => {
    // Each mistake is one problem, not two.
    expect(options(...argv).problems).toEqual([expect.stringMatching(problem)]);
  });
});
