/** `--prompt` asks once what is there is known, and before any log is opened. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { describe, expect, it } from 'vitest';
import type { LogCluster } from '../../src/cluster/log-cluster.ts';
import type { Ask } from '../../src/logs/choose.ts';
import { runLogsIn } from '../support/log-run.ts';
import { aLogPod, controlledBy, deployed, lookupOf } from './selection/pods.ts';

const pods = [deployed('web', 'aaaaa'), aLogPod('db-0', { controller: controlledBy('StatefulSet', 'db') })];

/** Pods can be listed, and nothing else. */
const cluster: Partial<LogCluster> = {
  identity: { context: 'test', server: 'https://api', user: 'tester' },
  kubectl: kubectlFor('test'),
  namespace: 'shop',
  owners: lookupOf({}),
  listPods: () => Promise.resolve(pods),
  lacksNamespace: () => Promise.resolve(false),
  close: () => {},
};

const run = (line: string, ask: Ask | undefined): ReturnType<typeof runLogsIn> =>
  runLogsIn(cluster, line.split(' '), ask);

describe('--prompt', () => {
  it('goes on with what was chosen only', async () => {
    const { exitCode, out, err } = await run('-p --dry-run', () => Promise.resolve('db'));
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: 'NAMESPACE   NAME   CONTAINER   NODE\nshop        db-0   app         n1\n',
    });
    expect(err).toContain('1   shop        deploy/web   1      app\n');
    expect(err).not.toContain('no query was given');
  });

  it('ends with a usage error when nothing was chosen', async () => {
    await expect(run('-p --dry-run', () => Promise.resolve(''))).rejects.toMatchObject({
      exitCode: 2,
      message: 'nothing was chosen',
    });
  });

  it('is not there for those who did not ask for it', async () => {
    const { out } = await run('--dry-run', undefined);
    expect(out.split('\n')).toHaveLength(4);
  });
});
