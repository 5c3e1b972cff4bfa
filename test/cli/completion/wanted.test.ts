/** What may stand at the cursor of a line, before any name is looked up. */
import { describe, expect, it } from 'vitest';
import { wantedAt, type Wanted } from '../../../src/cli/completion/wanted.ts';
import { globalFlags } from '../../../src/cli/global-flags.ts';
import { apply } from '../../../src/commands/apply.ts';
import { completion } from '../../../src/commands/completion.ts';
import { drain } from '../../../src/commands/drain.ts';
import { logs } from '../../../src/commands/logs.ts';
import { playground } from '../../../src/commands/playground.ts';
import { resume } from '../../../src/commands/resume.ts';
import { runs } from '../../../src/commands/runs.ts';
import { why } from '../../../src/commands/why.ts';

const verbs = [drain, apply, logs, playground, resume, runs, why, completion];

/** `|` stands for the cursor's word where that is empty. */
const at = (line: string): Wanted => wantedAt(line.replace(/\|$/, '').split(' '), globalFlags, verbs);

/** In words: the offers, `NAMES after START without THOSE`, or `files`. */
function told(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'words':
      return wanted.candidates.map(({ word }) => word).join(' ') + (wanted.orFiles === true ? ' or files' : '');
    case 'names': {
      const without = wanted.not.filter((name) => name !== '');
      const parts = [wanted.start && `after ${wanted.start}`, without.length > 0 && `without ${without.join(' ')}`];
      return [wanted.of, ...parts.filter(Boolean)].join(' ');
    }
    case 'files':
    case 'folders':
      return wanted.kind;
  }
}

describe('what may stand at the cursor', () => {
  it.each<[string, string]>([
    ['|', 'drain apply logs playground resume runs why completion'],
    ['--context prod |', 'drain apply logs playground resume runs why completion'],
    ['help |', 'drain apply logs playground resume runs why completion'],
    ['help drain |', ''],
    ['drain --help |', ''],
    ['drain --reason help |', 'nodes'],
    ['nonsense |', ''],
    ['drain |', 'nodes'],
    ['drain node1 |', 'nodes without node1'],
    ['drain --force |', 'nodes'],
    ['drain --escalate |', 'none delete force'],
    ['drain --escalate=|', '--escalate=none --escalate=delete --escalate=force'],
    ['drain --capacity a', 'auto always never'],
    ['drain --parallel |', ''],
    ['drain --timeout |', ''],
    ['drain --force=|', '--force=true --force=false'],
    ['drain --dry-run |', 'nodes'],
    ['drain --dry-run=|', '--dry-run=none --dry-run=client --dry-run=server'],
    ['drain --powered-off a,b,|', 'nodes after a,b, without a b'],
    ['drain --powered-off=a,|', 'nodes after --powered-off=a, without a'],
    ['drain --fence-exec |', 'files'],
    ['drain node1 --exec -- |', 'files'],
    ['drain --nonsense=|', ''],
    ['drain --kubeconfig |', 'files'],
    ['drain --kubeconfig=/e', 'files'],
    ['drain --token |', ''],
    ['drain -n |', 'namespaces'],
    ['--context |', 'contexts'],
    ['--user |', 'users'],
    ['--cluster |', 'clusters'],
    ['apply |', 'files'],
    ['playground |', 'two-nodes three-zones stuck or files'],
    ['playground stuck |', ''],
    ['playground stuck -- |', 'files'],
    [
      'playground --chaos errors,|',
      'errors,slow errors,resets errors,half-open errors,watches errors,logs errors,restarts errors,all',
    ],
    ['resume |', 'unfinished runs'],
    ['resume x |', ''],
    ['resume --node |', 'nodes'],
    ['runs |', 'show'],
    ['runs show |', 'runs without show'],
    ['runs show x |', ''],
    ['why |', 'pods'],
    ['why pdb/w', 'poddisruptionbudgets after pdb/'],
    ['logs w', 'pods'],
    ['logs deploy/w', 'deployments after deploy/'],
    ['logs nonsense/w', ''],
    ['logs web --node |', 'nodes'],
    ['logs --deploy |', 'deployments'],
    ['logs --ns a,|', 'namespaces after a, without a'],
    ['logs --container-state running,|', 'running,waiting running,terminated running,all'],
    [
      'logs --columns node,p',
      'node,timestamp node,dot node,context node,region node,zone node,os node,arch node,namespace node,pod node,container',
    ],
    ['logs --output-dir |', 'folders'],
    ['logs -c |', ''],
    ['completion |', 'bash zsh fish'],
    ['completion bash |', ''],
  ])('kmaint %s', (line, expected) => {
    expect(told(at(line))).toBe(expected);
  });

  it('of flags offers each of the verb, and those that are given only where they add up', () => {
    const offered = (line: string): readonly string[] => told(at(line)).split(' ');
    const first = offered('drain -');
    expect(first).toEqual(
      expect.arrayContaining(['--force', '--critical-pods', '--kubeconfig', '--help', '--namespace']),
    );
    expect(first).not.toContain('--version');
    expect(first).not.toContain('--deploy');
    const next = offered('drain --force --critical-pods=a/b --');
    expect(next).not.toContain('--force');
    expect(next).toContain('--critical-pods');
    expect(offered('-')).toEqual(expect.arrayContaining(['--context', '--help', '--version']));
  });

  it('says what it offers', () => {
    const verbsOffered = at('dr');
    const flagsOffered = at('drain --fo');
    expect('candidates' in verbsOffered && verbsOffered.candidates[0]).toEqual({
      word: 'drain',
      about: drain.summary,
    });
    expect('candidates' in flagsOffered && flagsOffered.candidates.find(({ word }) => word === '--force')?.about).toBe(
      drain.flags.find(({ name }) => name === 'force')?.about,
    );
  });

  it('offers for a kind what its names may begin with', () => {
    const wanted = at('logs |');
    expect('also' in wanted && wanted.also.map(({ word }) => word)).toEqual(
      'pod/ deploy/ rs/ sts/ ds/ job/ cronjob/ svc/ ing/ hpa/ rc/ node/'.split(' '),
    );
  });
});
