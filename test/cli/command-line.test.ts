/** Commands that messages suggest reach the same cluster, survive a shell, and carry no secret. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { commandLine, shellQuoted } from '../../src/cli/command-line.ts';
import { connectionFlags, conversationFlags, globalFlags } from '../../src/cli/global-flags.ts';
import { cordon } from '../../src/commands/cordon.ts';
import { drain } from '../../src/commands/drain.ts';

function lines(argv: readonly string[], programName = 'kmaint'): ReturnType<typeof commandLine> {
  const { given, operands, command } = readCommandLine(argv, globalFlags, [drain, cordon]);
  const connection = [...Object.values(connectionFlags), conversationFlags.config];
  return commandLine({ programName, verb: argv[0] ?? '', given, operands, command, connection, os: 'linux' });
}

describe('commandLine', () => {
  it('repeats the command and its cluster', () => {
    const line = lines(['drain', 'node1', '--context', 'prod', '--force', '--timeout=5m', '-v', '--dry-run']);
    expect(line.again()).toBe('kmaint drain --context=prod --force --timeout=5m --verbose --dry-run node1');
    expect(line.again(['--delete-emptydir-data'])).toBe(
      'kmaint drain --context=prod --force --timeout=5m --verbose --dry-run --delete-emptydir-data node1',
    );
    expect(line.command(['uncordon', 'node1'])).toBe('kmaint uncordon --context=prod node1');
    expect(line.again(['--take-over'], 'plan')).toBe(
      'kmaint plan --context=prod --force --timeout=5m --verbose --dry-run --take-over node1',
    );
  });

  it('leaves the token out', () => {
    const line = lines(['drain', '--token', 'hush', '--server=https://10.0.0.1', 'node1'], 'kubectl kmaint');
    expect(line.again()).toBe('kubectl kmaint drain --server=https://10.0.0.1 node1');
    expect(line.command(['uncordon', 'node1'])).not.toContain('hush');
  });

  it('quotes what a shell would read otherwise', () => {
    expect(lines(['drain', '-l', 'pool in (a, b),!x']).again()).toBe("kmaint drain '--selector=pool in (a, b),!x'");
    expect(lines(['cordon', '--', '--odd']).again()).toBe('kmaint cordon -- --odd');
    expect(lines(['drain', 'node1', '--exec', '--', 'sh', '-c', 'a b']).again()).toBe(
      "kmaint drain --exec node1 -- sh -c 'a b'",
    );
  });
});

describe('shellQuoted', () => {
  it('gives a real shell the words that they were', () => {
    const words = fc.array(fc.string({ unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, (given) => {
        expect(readByShell(given)).toEqual(given);
      }),
      { numRuns: 30, examples: [[['a b', "it's", '$HOME `id` "x" \\', '', '*', 'größe', 'a\nb', '--grep=a|b']]] },
    );
  });
});

function readByShell(words: readonly string[]): readonly string[] {
  const script = `printf '%s\\0' ${words.map(shellQuoted).join(' ')}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}
