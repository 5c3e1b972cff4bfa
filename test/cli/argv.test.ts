/** Command lines are read as kubectl reads them, and everything wrong is found. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { booleanFlag } from '../../src/cli/flag.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { cordon } from '../../src/commands/cordon.ts';
import { drain } from '../../src/commands/drain.ts';
import { nodeLogs } from '../../src/commands/node-logs.ts';

function read(line: string): {
  verb: string | undefined;
  given: Record<string, string[]>;
  operands: readonly string[];
  problems: readonly string[];
  help: boolean;
} {
  const words = readCommandLine(line === '' ? [] : line.split(' '), globalFlags, [drain, cordon, nodeLogs]);
  const given: Record<string, string[]> = {};
  for (const { flag, text } of words.given) (given[flag.name] ??= []).push(text);
  return { ...words, given };
}

describe('readCommandLine', () => {
  it.each<[string, Record<string, string[]>, string[]]>([
    ['drain n1', {}, ['n1']],
    ['drain n1 --force n2', { force: ['true'] }, ['n1', 'n2']],
    ['drain --force=false n1', { force: ['false'] }, ['n1']],
    ['drain n1 --timeout 5m', { timeout: ['5m'] }, ['n1']],
    ['drain n1 --timeout=5m --timeout=6m', { timeout: ['5m', '6m'] }, ['n1']],
    ['--context prod drain n1', { context: ['prod'] }, ['n1']],
    ['--timeout 5m drain n1', { timeout: ['5m'] }, ['n1']],
    ['drain -l app=x', { selector: ['app=x'] }, []],
    ['drain -lapp=x', { selector: ['app=x'] }, []],
    ['drain -l=app=x', { selector: ['app=x'] }, []],
    ['drain --selector=', { selector: [''] }, []],
    ['drain n1 -yvv', { yes: ['true'], verbose: ['', ''] }, ['n1']],
    ['drain n1 -y=false -v=6', { yes: ['false'], verbose: ['6'] }, ['n1']],
    ['drain n1 -vl app=x', { verbose: [''], selector: ['app=x'] }, ['n1']],
    ['drain n1 --dry-run', { 'dry-run': ['client'] }, ['n1']],
    ['drain n1 --dry-run=server', { 'dry-run': ['server'] }, ['n1']],
    ['drain --pod-selector --force n1', { 'pod-selector': ['--force'] }, ['n1']],
    ['drain n1 --exec -- reboot --force', { exec: ['true'] }, ['n1']],
    ['drain n1 --grace-period -1', { 'grace-period': ['-1'] }, ['n1']],
    ['drain -', {}, ['-']],
  ])('%s', (line, given, operands) => {
    const words = read(line);
    expect(words.problems).toEqual([]);
    expect(words).toMatchObject({ verb: 'drain', given, operands });
  });

  it.each([
    ['drain n1 --foce', ['unknown flag --foce for drain; did you mean --force?']],
    ['drain n1 -force', ['unknown flag -force for drain; did you mean --force?']],
    ['drain n1 -x', ['unknown flag -x for drain']],
    ['drain n1 --timeout', ['--timeout needs a value: --timeout DURATION']],
    ['cordon n1 --force', ['unknown flag --force for cordon']],
    ['cordon n1 --timeout', ['unknown flag --timeout for cordon']],
    ['cordon n1 --timeout 5m', ['unknown flag --timeout for cordon']],
    ['drain n1 -f', ['unknown flag -f for drain']],
    ['drain -fg x n1', ['unknown flag -f for drain', 'unknown flag -g for drain']],
    ['drain n1 --delete-local-data', [expect.stringContaining('--delete-emptydir-data') as string]],
    ['drain --dry-run server n1', ['--dry-run takes its value after an equals sign: --dry-run=server']],
    ['drain n1 --foo --bar=1', ['unknown flag --foo for drain', 'unknown flag --bar for drain']],
  ])('%s is wrong', (line, problems) => {
    const words = read(line);
    expect(words.problems).toEqual(problems);
    // What a verb does not know is not handed to it.
    const known = [...(words.verb === 'drain' ? drain : cordon).flags, ...globalFlags].map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(Object.keys(words.given)));
  });

  it.each([
    ['drain --help', 'drain'],
    ['drain n1 -h', 'drain'],
    ['help drain', 'drain'],
    ['drain n1 -vh', 'drain'],
    ['--help', undefined],
    ['help', undefined],
  ])('%s asks for help', (line, verb) => {
    expect(read(line)).toMatchObject({ help: true, verb });
  });

  it('takes the next word for a value only where a flag names it', () => {
    const loose = booleanFlag({ name: 'loose', short: 'x', about: '', nextWords: ['true', 'false'] });
    const told = booleanFlag({ name: 'told', short: 't', about: '' });
    const verbs = [{ name: 'go', flags: [loose, told], removedFlags: {} }];
    const words = (line: string) => {
      const { given, operands, problems } = readCommandLine(line.split(' '), [], verbs);
      return [given.map(({ flag, text }) => `${flag.name}=${text}`), operands, problems.length];
    };
    expect(words('go -x false n1')).toEqual([['loose=false'], ['n1'], 0]);
    expect(words('go --loose true')).toEqual([['loose=true'], [], 0]);
    expect(words('go -x n1')).toEqual([['loose=true'], ['n1'], 0]);
    expect(words('go n1 -x')).toEqual([['loose=true'], ['n1'], 0]);
    expect(words('go -x=false true')).toEqual([['loose=false'], ['true'], 0]);
    expect(words('go -tx false')).toEqual([['told=true', 'loose=false'], [], 0]);
    expect(words('go -t false')).toEqual([['told=true'], ['false'], 1]);
  });

  it('takes --help behind -- for an argument', () => {
    expect(read('cordon -- --help')).toMatchObject({ help: false, operands: ['--help'] });
    expect(read('drain n1 -- --help')).toMatchObject({ help: false, command: ['--help'] });
  });
});
