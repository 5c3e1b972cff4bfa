/** `why` reads what kubectl's users would type, and writes text or one JSON value. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { askedSubject, why, type AskedSubject } from '../../src/commands/why.ts';

function subject(...argv: string[]): { subject: AskedSubject; problems: readonly string[] } {
  const words = readCommandLine(['why', ...argv], globalFlags, [why]);
  const flags = [...why.flags, ...globalFlags];
  const verbs = [{ name: 'why', flags }];
  const read = readSettings({ flags, verbs, verb: 'why', given: words.given, env: {}, file: undefined });
  const problems = [...words.problems, ...read.problems];
  const problem = (message: string): void => void problems.push(message);
  const input = { settings: read.settings, operands: words.operands, programName: 'kmaint', problem };
  return { subject: askedSubject(input), problems };
}

describe('askedSubject', () => {
  it.each<[string[], AskedSubject]>([
    [['web-1'], { kind: undefined, namespace: undefined, name: 'web-1' }],
    [['web-1', '-n', 'shop'], { kind: undefined, namespace: 'shop', name: 'web-1' }],
    [['shop/web-1'], { kind: undefined, namespace: 'shop', name: 'web-1' }],
    [['shop/web-1', '-n', 'shop'], { kind: undefined, namespace: 'shop', name: 'web-1' }],
    [['pod/web-1', '-n', 'shop'], { kind: 'pod', namespace: 'shop', name: 'web-1' }],
    [['po/web-1'], { kind: 'pod', namespace: undefined, name: 'web-1' }],
    [['pods/shop/web-1'], { kind: 'pod', namespace: 'shop', name: 'web-1' }],
    [['pdb/web'], { kind: 'poddisruptionbudget', namespace: undefined, name: 'web' }],
    [['poddisruptionbudgets/shop/web.x'], { kind: 'poddisruptionbudget', namespace: 'shop', name: 'web.x' }],
    // The name of the object itself is never a kind.
    [['pdb'], { kind: undefined, namespace: undefined, name: 'pdb' }],
  ])('%j', (argv, expected) => {
    expect(subject(...argv)).toEqual({ subject: expected, problems: [] });
  });

  it.each<[string[], RegExp]>([
    [[], /why what\?/],
    [['a', 'b'], /one object at a time/],
    [['shop/web-1', '-n', 'office'], /in namespace shop, but --namespace says office/],
    [['deployment/shop/web'], /neither POD nor PDB/],
    [['pod/'], /neither POD nor PDB/],
    [['/web-1'], /neither POD nor PDB/],
    [['pod/a/b/c'], /neither POD nor PDB/],
    [['../nodes'], /neither POD nor PDB/],
    [['Web_1'], /neither POD nor PDB/],
  ])('%j is refused', (argv, problem) => {
    expect(subject(...argv).problems).toEqual([expect.stringMatching(problem)]);
  });
});
