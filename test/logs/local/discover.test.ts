import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { discoverPods } from '../../../src/logs/local/discover.ts';
import { discoverDocker } from '../../../src/logs/local/docker.ts';
import { mergeContainers } from '../../../src/logs/local/local-logs.ts';
import { asNobody, podFolder, podUid, put, temporaryRoot } from './node-folders.ts';

const id = 'ab12'.repeat(16);
const staticUid = '0123456789abcdef0123456789abcdef';

describe('folders of pods', () => {
  test('containers with their runs and ids, sorted', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${podFolder}/web/9.log`, '');
    await put(root, `${podFolder}/web/10.log`, '');
    await put(root, `${podFolder}/web/9.log.20261121-010000.gz`, '');
    await put(root, `${podFolder}/init.d/0.log`, '');
    await mkdir(join(root, podFolder, 'waiting'));
    const etcd = `/var/log/pods/kube-system_etcd-n1.example.com_${staticUid}`;
    await put(root, `${etcd}/etcd/0.log`, '');
    await mkdir(join(root, '/var/log/containers'));
    const link = join(root, `/var/log/containers/web-1_default_web-${id}.log`);
    await symlink(`${podFolder}/web/10.log`, link);
    await symlink('/nowhere', join(root, `/var/log/containers/x_default_web-${id}.log`));
    await put(root, '/var/log/containers/odd', '');

    const { containers, skipped } = await discoverPods(root);
    const web = { namespace: 'default', pod: 'web-1', podUid };
    const placeOf = (folder: string) => ({ kind: 'files', folder, file: undefined });
    expect(containers).toEqual([
      { ...web, container: 'init.d', containerId: undefined, runs: [0], place: placeOf(`${podFolder}/init.d`) },
      { ...web, container: 'web', containerId: id, runs: [9, 10], place: placeOf(`${podFolder}/web`) },
      {
        namespace: 'kube-system',
        pod: 'etcd-n1.example.com',
        podUid: staticUid,
        container: 'etcd',
        containerId: undefined,
        runs: [0],
        place: placeOf(`${etcd}/etcd`),
      },
    ]);
    expect(skipped).toEqual([]);
  });

  test('odd entries are left out and told', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, '/var/log/pods/old-kubelet-uid/web/0.log', '');
    await put(root, '/var/log/pods/a_b_c/file', '');
    await put(root, '/var/log/pods/x_y_z', 'no folder');
    expect(await discoverPods(root)).toEqual({
      containers: [],
      skipped: expect.arrayContaining([
        '/var/log/pods/a_b_c/file is not the folder of a container: left out',
        '/var/log/pods/old-kubelet-uid is not the folder of a pod (NAMESPACE_POD_UID): left out',
        '/var/log/pods/x_y_z is not the folder of a pod (NAMESPACE_POD_UID): left out',
      ]) as string[],
    });
  });

  test('none where there is no such folder', async () => {
    const root = await temporaryRoot(onTestFinished);
    expect(await discoverPods(root)).toEqual({ containers: [], skipped: [] });
  });

  test('a link on the way leads to a place inside the root', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `/data/log/pods/default_web-1_${podUid}/web/0.log`, '');
    await mkdir(join(root, 'var'));
    await symlink('/data/log', join(root, 'var/log'));
    expect((await discoverPods(root)).containers.map(({ pod }) => pod)).toEqual(['web-1']);
  });

  test('refused where the folder may not be read', async () => {
    const root = await temporaryRoot(onTestFinished);
    await chmod(root, 0o755);
    await put(root, `${podFolder}/web/0.log`, '');
    await chmod(join(root, '/var/log/pods'), 0);
    onTestFinished(() => chmod(join(root, '/var/log/pods'), 0o700));
    await expect(asNobody(() => discoverPods(root))).rejects.toMatchObject({
      code: 'logs.local-denied',
      exitCode: 3,
      message: `${root}/var/log/pods may not be read: logs on the node belong to root`,
    });
  });

  test('one pod whose folder may not be read does not hide the others', async () => {
    const root = await temporaryRoot(onTestFinished);
    await chmod(root, 0o755);
    await put(root, `${podFolder}/web/0.log`, '');
    await put(root, '/var/log/pods/default_closed_u/web/0.log', '');
    await chmod(join(root, '/var/log/pods/default_closed_u'), 0);
    const { containers, skipped } = await asNobody(() => discoverPods(root));
    expect(containers.map(({ pod }) => pod)).toEqual(['web-1']);
    expect(skipped).toEqual([expect.stringContaining('default_closed_u may not be read')]);
    await chmod(join(root, '/var/log/pods/default_closed_u'), 0o700);
  });
});

describe('docker’s folders', () => {
  const labelsOf = (container: string, restarts?: string): Record<string, string> => ({
    'io.kubernetes.pod.name': 'web-1',
    'io.kubernetes.pod.namespace': 'default',
    'io.kubernetes.pod.uid': podUid,
    'io.kubernetes.container.name': container,
    ...(restarts === undefined ? {} : { 'annotation.io.kubernetes.container.restartCount': restarts }),
  });

  async function dockerWith(containers: Readonly<Record<string, string | Record<string, string>>>): Promise<string> {
    const root = await temporaryRoot(onTestFinished);
    for (const [one, labels] of Object.entries(containers)) {
      const config = typeof labels === 'string' ? labels : JSON.stringify({ ID: one, Config: { Labels: labels } });
      await put(root, `/var/lib/docker/containers/${one}/config.v2.json`, config);
    }
    return root;
  }

  test('containers of pods, and nobody else’s', async () => {
    const sandbox = 'cd34'.repeat(16);
    const other = 'ef56'.repeat(16);
    const broken = '0099'.repeat(16);
    const root = await dockerWith({
      [id]: labelsOf('web', '2'),
      [sandbox]: labelsOf('POD'),
      [other]: { some: 'label' },
      [broken]: '{',
      'not-an-id': labelsOf('x'),
    });
    expect(await discoverDocker(root)).toEqual({
      containers: [
        {
          namespace: 'default',
          pod: 'web-1',
          podUid,
          container: 'web',
          containerId: id,
          runs: [2],
          place: { kind: 'files', folder: `/var/lib/docker/containers/${id}`, file: `${id}-json.log` },
        },
      ],
      skipped: [expect.stringContaining(`${broken}/config.v2.json is no configuration of docker: left out`)],
    });
  });

  test('add what the pods’ folders lack, and the id of the last run', async () => {
    const newer = 'cd34'.repeat(16);
    const side = 'ef56'.repeat(16);
    const root = await dockerWith({
      [id]: labelsOf('web', '0'),
      [newer]: labelsOf('web', '1'),
      [side]: labelsOf('side'),
    });
    await put(root, `${podFolder}/web/1.log`, '');
    const merged = mergeContainers((await discoverPods(root)).containers, (await discoverDocker(root)).containers);
    expect(merged.map(({ container, containerId }) => [container, containerId])).toEqual([
      ['side', side],
      ['web', newer],
    ]);
  });
});
