import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/cluster/connection.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { failure, fixture, list, testWorld } from './world.ts';

describe('bad input', () => {
  const cases: { name: string; options: ConnectionOptions; says: (string | RegExp)[] }[] = [
    {
      name: 'no such file',
      options: { kubeconfig: 'nowhere.yaml' },
      says: [`--kubeconfig: no such file: ${fixture('nowhere.yaml')}`],
    },
    { name: 'a folder', options: { kubeconfig: '.' }, says: ['is a folder, not a file'] },
    {
      name: 'invalid YAML',
      options: { kubeconfig: 'broken.yaml' },
      says: [/broken\.yaml:6:\d+: not valid YAML: unidentified alias/],
    },
    {
      name: 'wrong types, all at once',
      options: { kubeconfig: 'wrong-types.yaml' },
      says: [
        'clusters[0] ("one").cluster.server must be a string, not a list',
        'cluster.insecure-skip-tls-verify must be true or false, not a string',
        'cluster.certificate-authority-data is not base64',
        'users[0] ("admin").user.token must be a string, not a number',
        'user.exec.args must be a list, not a string',
        'contexts must be a list, not a map',
      ],
    },
    {
      name: 'a name twice in one file',
      options: { kubeconfig: 'duplicate.yaml' },
      says: ['two users are called "twin"'],
    },
    {
      name: 'a context that does not exist',
      options: { kubeconfig: 'second.yaml', context: 'bata' },
      says: ['--context: context "bata" does not exist; did you mean "beta"? there are: basic, beta, shared'],
    },
    {
      name: 'a context of nothing',
      options: { kubeconfig: 'no-current.yaml', context: 'dangling' },
      says: [
        'context "dangling": cluster "nowhere" does not exist',
        'context "dangling": user "nobody" does not exist; there is: one',
      ],
    },
    {
      name: 'no context chosen',
      options: { kubeconfig: 'no-current.yaml' },
      says: ['no context is chosen', 'has no current-context'],
    },
    {
      name: 'unknown --cluster and --user',
      options: { kubeconfig: 'first.yaml', cluster: 'x', user: 'y' },
      says: ['--cluster: cluster "x"', '--user: user "y"'],
    },
    { name: 'nothing at all', options: {}, says: ['no cluster is configured', 'does not exist'] },
    {
      name: 'all that is wrong with a choice',
      options: { kubeconfig: 'wrong-choice.yaml' },
      says: [
        'must be an https or http URL',
        'proxy-url has the scheme gopher',
        'exclude each other',
        'both a token and a user name with password',
        'no client-key',
        'apiVersion "client.authentication.k8s.io/v1alpha1" is none of',
        'interactiveMode is missing',
        'needs a user to impersonate',
      ],
    },
    {
      name: 'unreadable files',
      options: { kubeconfig: 'wrong-files.yaml' },
      says: [
        /certificate-authority .*missing\.crt: no such file/,
        /client-certificate .*nothing\.crt: no such file/,
        /client-key .*nothing\.key: no such file/,
      ],
    },
    {
      name: 'a key of another certificate',
      options: { kubeconfig: 'wrong-files.yaml', context: 'mismatch' },
      says: [/other\.key is not the key of .*client\.crt/],
    },
    {
      name: 'a certificate that is none',
      options: { kubeconfig: 'wrong-files.yaml', context: 'no-pem' },
      says: ['holds no PEM certificate'],
    },
    {
      name: 'a token file that is not there',
      options: { kubeconfig: 'wrong-files.yaml', context: 'token-file' },
      says: [/tokenFile .*no-token: no such file/],
    },
    { name: 'gcp', options: { kubeconfig: 'removed-providers.yaml' }, says: ['gke-gcloud-auth-plugin'] },
    { name: 'azure', options: { kubeconfig: 'removed-providers.yaml', context: 'azure' }, says: ['kubelogin'] },
  ];
  it.each(cases)('$name', async ({ options, says }) => {
    const error = await failure(options);
    expect(error.exitCode).toBe(2);
    for (const text of says) {
      if (typeof text === 'string') expect(error.message).toContain(text);
      else expect(error.message).toMatch(text);
    }
  });

  it('warns when no file of KUBECONFIG exists', async () => {
    const world = testWorld({ env: { KUBECONFIG: list('nowhere.yaml', 'nor-here.yaml') } });
    await expect(loadConnection({}, world)).rejects.toThrow('no cluster is configured');
    expect(world.warnings).toEqual([
      `no file of KUBECONFIG exists: ${fixture('nowhere.yaml')}, ${fixture('nor-here.yaml')}`,
    ]);
  });
});
