/** The letters of node-logs are journalctl's; contradictions are told at once. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { flagsFor } from '../../src/cli/own-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { drain } from '../../src/commands/drain.ts';
import { logs } from '../../src/commands/logs.ts';
import { nodeLogs, nodeLogsOptions } from '../../src/commands/node-logs.ts';
import type { NodeLogsOptions } from '../../src/logs/node/options.ts';
import { options } from '../logs/node/start.ts';

function read(argv: readonly string[]): { options: NodeLogsOptions; problems: readonly string[] } {
  const all = [drain, logs, nodeLogs];
  const words = readCommandLine(['node-logs', ...argv], globalFlags, all);
  const flags = flagsFor(nodeLogs.flags, globalFlags);
  const verbs = all.map((verb) => ({ name: verb.name, flags: flagsFor(verb.flags, globalFlags) }));
  const settings = readSettings({ flags, verbs, verb: 'node-logs', given: words.given, env: {}, file: undefined });
  const problems = [...words.problems, ...settings.problems];
  const options = nodeLogsOptions({
    settings: settings.settings,
    operands: words.operands,
    programName: 'kmaint',
    problem: (message) => void problems.push(message),
  });
  return { options, problems };
}

describe('node-logs', () => {
  it('shows the kubelet of a node through the API server without more being said', () => {
    expect(read(['n1'])).toEqual({ problems: [], options: options() });
  });

  it.each<[string[], Partial<NodeLogsOptions>]>([
    [['n1', 'n2', 'n1'], { nodes: ['n1', 'n2'] }],
    [['n1', '-u', 'kubelet.service', '-u', 'containerd'], { units: ['kubelet', 'containerd'] }],
    [['n1', '-f', '-n', '5'], { follow: true, tailLines: 5 }],
    [['n1', '-n', 'all'], { tailLines: undefined }],
    [['n1', '-fn0'], { follow: true, tailLines: 0 }],
    [['n1', '-b'], { boot: 0 }],
    [['n1', '-b=-1'], { boot: -1 }],
    [['n1', '--since', '-1h', '--until', 'now'], { since: '-1h', until: 'now' }],
    [['n1', '-g', 'a,b', '-o', 'cat'], { grep: 'a,b', output: 'cat' }],
    [['--local', '-f'], { via: 'local', nodes: [], follow: true }],
    [['n1', '--via', 'ssh', '-u', 'user@1000.service'], { via: 'ssh', units: ['user@1000'] }],
    [['n1', '--file', '/var/log/pods/x/0.log', '-f'], { file: 'pods/x/0.log', units: [], follow: true }],
    [['n1', '--file', '/syslog', '-n', '3'], { file: 'syslog', tailLines: 3 }],
  ])('%j', (argv, expected) => {
    const { options, problems } = read(argv);
    expect(problems).toEqual([]);
    expect(options).toMatchObject(expected);
  });

  it.each<[string[], RegExp]>([
    [[], /name a node, or read the journal of this machine with --local/],
    [['n1', '--local'], /--local reads the journal of this machine and takes no NODE: n1/],
    [['--local', '--via', 'api'], /--local and --via api are two ways/],
    [['-oProxyCommand=x', 'n1'], /./],
    [['--via', 'ssh', '--', '-oProxyCommand=x'], /"-oProxyCommand=x" is not the name of a node/],
    [['../x'], /"..\/x" is not the name of a node/],
    [['n1', '-u', 'a,b,c', '-u', 'd,e'], /5 units are too many; the kubelet takes 4/],
    [['n1', '-u', 'a b'], /"a b" is not the name of a unit that the kubelet takes/],
    [['n1', '-u', ''], /--unit names no unit/],
    [['n1', '-u', ',', '-f'], /--unit names no unit/],
    [['n1', '--since', 'soon'], /--since: "soon" is not a time/],
    [['n1', '--until', '2026-02-30'], /--until: "2026-02-30" is not a time/],
    [['n1', '-n', '100001'], /100001 is too large; the kubelet shows up to 100000/],
    [['n1', '-n', '0'], /would show nothing/],
    [['n1', '--boot=1'], /1 is too large/],
    [['n1', '--file', '../etc/shadow'], /is not the path of a file below/],
    [['n1', '--file', 'pods/'], /is not the path of a file below/],
    [['n1', '--file', 'syslog', '-u', 'kubelet'], /--file takes only -f and -n: leave out --unit/],
    [['n1', '--file', 'syslog', '--boot'], /leave out --boot/],
    [['n1', 'n2', '--via', 'ssh', '-f'], /--via ssh follows one journal at a time/],
    [['--local', '-f', '-o', 'json'], /--via local follows one journal at a time, and not as JSON/],
    [['n1', '-o', 'text'], /none of short-precise, short-iso-precise, cat, json/],
  ])('%j is refused', (argv, problem) => {
    expect(read(argv).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('leaves -n of other verbs the namespace', () => {
    const words = readCommandLine(['drain', 'x', '-n', 'y'], globalFlags, [drain, logs, nodeLogs]);
    expect(words.given.map(({ flag }) => flag.name)).toEqual(['namespace']);
  });
});
