/** What is said where nothing was found names what was asked for, where it was looked for, and the next command. */
import { kubectlFor } from '../../../src/cli/kubectl.ts';
import { describe, expect, it } from 'vitest';
import { nothingHere, nothingRead, waitingFor, type Looked } from '../../../src/logs/selection/no-match.ts';
import { optionsOf } from '../options-of.ts';

const asked = (...argv: readonly string[]) => optionsOf(...argv).options.selection;
const shop: Looked = { contexts: [], namespaces: ['shop'], pods: 0, kubectls: [kubectlFor('prod')] };

describe('nothing to read on this machine', () => {
  it.each<[readonly string[], string, boolean, string]>([
    [
      ['web', '-n', 'shop'],
      '/',
      false,
      'no container on this machine matches web -n shop: nothing was read; see what is there: kmaint logs --local --dry-run',
    ],
    [
      [],
      '/host',
      true,
      'no container on this machine has a log yet: waiting for one; see what is there: kmaint logs --local --root /host --dry-run',
    ],
  ])('%j below %s, following: %s', (words, root, following, text) => {
    expect(nothingHere(asked(...words), root, following)).toBe(text);
  });
});

describe('nothing to read', () => {
  it.each<[string, readonly string[], Partial<Looked>, string]>([
    [
      'a query',
      ['web'],
      {},
      'no pod matches web in namespace shop: nothing was read; see what is there: kubectl get pods -n shop --context prod',
    ],
    [
      'no query',
      [],
      {},
      'there is no pod in namespace shop: nothing was read; see what is there: kubectl get pods -n shop --context prod',
    ],
    [
      'all namespaces',
      ['^web|api$', '-l', 'app=web'],
      { namespaces: undefined },
      "no pod matches '^web|api$' -l app=web in all namespaces: nothing was read; see what is there: kubectl get pods -A --context prod",
    ],
    [
      'several places',
      ['--deploy', 'web', '--node', 'n1'],
      { namespaces: ['a', 'b'], contexts: ['east', 'west'], kubectls: [kubectlFor('east'), kubectlFor('west')] },
      'no pod matches --deploy web --node n1 in namespaces a, b of contexts east, west: nothing was read; see what is there: kubectl get pods -A --context east; kubectl get pods -A --context west',
    ],
    [
      'pods without a log that is wanted',
      ['web', '-c', "it's"],
      { pods: 2, contexts: ['east'], kubectls: [kubectlFor('east')] },
      String.raw`2 pods match web -c 'it'\''s' in namespace shop of context east, but no container there that is wanted has a log: nothing was read; see what is there: kubectl get pods -n shop --context east`,
    ],
  ])('%s', (_, words, looked, text) => {
    expect(nothingRead(asked(...words), { ...shop, ...looked })).toBe(text);
  });

  it('is waited for while following', () => {
    expect(waitingFor(asked('web'), shop)).toBe(
      'no pod matches web in namespace shop yet: waiting for one; see what is there: kubectl get pods -n shop --context prod',
    );
  });
});
