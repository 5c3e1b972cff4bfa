/** Other people's log tailers follow the playground's pods as they follow any cluster's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { startPlayground, type Playground } from '../../../src/playground/playground.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { peerPath } from '../../cluster/binaries.mts';
import { run } from '../../support/kmaint.ts';

const pods = typeOf('', 'pods');
const stop = new AbortController();
let playground: Playground;

beforeAll(async () => {
  playground = await startPlayground({ fixture: 'two-nodes', clock: realClock, signal: stop.signal });
});
afterAll(() => playground?.close());

/** What a tool printed, without the end of the last line. */
function lines(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line !== '');
}

describe('stern', () => {
  it('prints what all containers of the matching pods have said', async () => {
    const kubeconfig = playground.kubeconfigPath;
    const words = ['-n', 'default', 'web|db', '--no-follow', '--since=1h', '--tail=3', '--color=never'];
    const ended = await run(peerPath('stern'), words, { kubeconfig });
    expect(ended.code, ended.stderr).toBe(0);
    const said = lines(ended.stdout).map((line) => line.split(' ', 2).join(' '));
    const items = playground.api.store.list(pods, 'default');
    const names = items.map(({ metadata }) => metadata.name).filter((name) => /web|db/.test(name));
    expect(said.toSorted()).toEqual(names.flatMap((pod) => Array(3).fill(`${pod} main`) as string[]).toSorted());
  });

  it('follows, and hears of a pod that comes', async () => {
    const ended = await run(peerPath('stern'), ['-n', 'default', 'web', '--tail=0', '--color=never'], {
      kubeconfig: playground.kubeconfigPath,
      onStart(child) {
        const pod = playground.api.store.list(pods, 'default').find(({ metadata }) => metadata.name.startsWith('web'));
        setTimeout(() => playground.api.registry.delete(pods, 'default', pod?.metadata.name ?? ''), 1500);
        setTimeout(() => child.kill('SIGINT'), 7000);
      },
    });
    const opened = new Set([...ended.stderr.matchAll(/^\+ (\S+) › main$/gm)].map(([, pod]) => pod));
    expect(opened.size, ended.stderr).toBe(3);
    expect(ended.stderr).toMatch(/^- web\S+ › main$/m);
  });
});

describe('kail', () => {
  it('follows the pods of a namespace', async () => {
    const ended = await run(peerPath('kail'), ['-n', 'default', '--since=10s'], {
      kubeconfig: playground.kubeconfigPath,
      onStart: (child) => void setTimeout(() => child.kill('SIGINT'), 3000),
    });
    const heard = new Set(lines(ended.stdout).map((line) => /^default\/(\S+)\[main\]: /.exec(line)?.[1]));
    expect(heard).toEqual(new Set(playground.api.store.list(pods, 'default').map(({ metadata }) => metadata.name)));
  });
});
