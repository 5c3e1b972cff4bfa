/** `kmaint logs --file` and `--rotated`, from flags to bytes. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { LogCluster } from '../../src/cluster/log-cluster.ts';
import { InterruptedError } from '../../src/errors.ts';
import { runLogs } from '../../src/logs/run.ts';
import { container, folder, lines } from './file/container.ts';
import { optionsOf } from './options-of.ts';
import { Node } from './rotated/node.ts';
import { aContainer, aLogPod, lookupOf } from './selection/pods.ts';
import { Kubelet } from './stream/kubelet.ts';
import { at as writtenAt } from './stream/world.ts';

const pod = aLogPod('web-1', {
  namespace: 'default',
  uid: 'u1',
  nodeName: 'node1',
  containers: [aContainer('setup', { kind: 'init', state: 'terminated' }), aContainer('app'), aContainer('mesh')],
});

function start(...argv: string[]) {
  const { options, problems } = optionsOf(...argv);
  expect(problems).toEqual([]);
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const stop = new AbortController();
  const kubelet = new Kubelet();
  const node = new Node();
  const cluster: LogCluster = {
    identity: { context: 'test', server: 'https://api', user: 'tester' },
    kubectl: kubectlFor('test'),
    namespace: 'default',
    listPods: () => Promise.resolve([pod]),
    async *watchPods({ signal }) {
      yield { type: 'snapshot', items: [pod] };
      await realClock.sleep(1e9, signal);
    },
    lacksNamespace: () => Promise.resolve(false),
    open: kubelet.answer,
    openNodeLog: node.open,
    exec: container.exec,
    owners: lookupOf({}),
    close: () => {},
  };
  const done = runLogs(
    {
      io: { stdin: new PassThrough(), stdout: sink('out'), stderr: sink('err'), env: {} },
      clock: realClock,
      signal: stop.signal,
      programName: 'kmaint',
      warnings: [],
      color: 'never',
      run: () => Promise.reject(new Error('no program is run here')),
      open: () => Promise.resolve(cluster),
    },
    options,
  );
  return { done, texts, kubelet, node, interrupt: () => stop.abort(new InterruptedError('SIGINT')) };
}

describe('--file', () => {
  it('shows a file of the default container as if it were its log', async () => {
    await writeFile(path.join(folder, 'app.log'), lines(1, 3));
    const run = start('web', '--file', 'app.log', '--no-follow', '--tail', '2');
    expect(await run.done, run.texts.err).toBe(0);
    expect(run.texts.out).toBe('web-1 app line 2\nweb-1 app line 3\n');
    expect(run.texts.err).toBe('+ web-1 › app\n- web-1 › app\n');
  });

  it('follows it through filters and formats, of the containers that are named', async () => {
    await writeFile(path.join(folder, 'app.log'), lines(1, 9));
    const run = start('web', '--file', 'app.log', '-c', 'app|mesh', '-i', '[29]$', '-o', 'raw', '--sort', '-t');
    await expect.poll(() => run.texts.out.split('\n').length, { timeout: 10_000 }).toBe(5);
    await appendFile(path.join(folder, 'app.log'), lines(10, 12));
    await expect.poll(() => run.texts.out.split('\n').length, { timeout: 10_000 }).toBe(7);
    run.interrupt();
    expect(await run.done).toBe(130);
    for (const line of run.texts.out.trimEnd().split('\n')) expect(line).toMatch(/^20\d\d-\S+ line \d*[29]$/);
  });

  it('is a failure where it cannot be read, told with the next step', async () => {
    const run = start('web', '--file', '/nope/app.log', '--no-follow');
    expect(await run.done).toBe(1);
    expect(run.texts.err).toContain(
      'error: web-1 › app: /nope/app.log in default/web-1, container app, could not be read: ',
    );
    expect(run.texts.out).toBe('');
  });

  it('says what tail says, with the name of the pod', async () => {
    const run = start('web', '--file', 'app.log');
    await expect.poll(() => run.texts.err, { timeout: 10_000 }).toContain('! web-1 › app: tail: cannot open');
    run.interrupt();
    expect(await run.done).toBe(130);
  });

  it.each<[string[], RegExp]>([
    [['--since', '1h', '--previous'], /^--file reads a file, not the log: leave out --since, --previous$/],
    [['--local'], /leave out --local/],
    [['--rotated'], /leave out --rotated/],
    [['--until', '2026-01-01T00:00:00Z'], /leave out --until/],
  ])('refuses what a file does not have: %j', (argv, problem) => {
    expect(optionsOf('web', '--file', 'x', ...argv).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('needs a path', () => {
    expect(optionsOf('web', '--file', '').problems).toEqual([
      expect.stringMatching(/^--file needs the path of a file/),
    ]);
  });
});

describe('--rotated', () => {
  it('begins with what was rotated away', async () => {
    const run = start('web', '-c', '^app$', '--rotated', '--no-follow', '--since', '0s', '-o', 'raw');
    const numbers = Array.from({ length: 30 }, (_, index) => writtenAt(index * 100, `line ${index}`));
    run.node.put('0.log.20260101-000000.gz', numbers.slice(0, 10));
    run.node.put('0.log.20260101-000001', numbers.slice(10, 20));
    run.kubelet.writeUnseen(numbers.slice(20));
    expect(await run.done, run.texts.err).toBe(0);
    expect(run.texts.out).toBe(numbers.map((line) => `${line.slice(31)}\n`).join(''));
  });

  it.each([['--tail=5'], ['--limit-bytes=5']])('shows all of it: %s is refused', (flag) => {
    expect(optionsOf('web', '--rotated', flag).problems).toEqual([expect.stringMatching(/^--rotated shows all/)]);
  });
});

describe('--source', () => {
  it.each<[string[], boolean, string | undefined]>([
    [[], false, undefined],
    [['--source', 'api'], false, undefined],
    [['--local'], true, undefined],
    [['--source', 'file'], true, 'file'],
    [['--local', '--source', 'cri'], true, 'cri'],
  ])('%j', (argv, local, source) => {
    const { options, problems } = optionsOf('web', ...argv);
    expect(problems).toEqual([]);
    expect([options.local, options.from.source]).toEqual([local, source]);
  });

  it.each<[string[], RegExp]>([
    [['--local', '--source', 'api'], /^--source api and --local are two ways/],
    [['--source', 'cri', '--root', '/host'], /^--source cri asks the runtime of this machine/],
    [['--source', 'journal'], /^--source: "journal" is what units write, which node-logs reads/],
    [['--source', 'docker'], /^--source: "docker" is none of auto, api, file, cri/],
    [['--source', 'cri', '--file', 'x'], /leave out --source/],
  ])('%j is refused', (argv, problem) => {
    expect(optionsOf('web', ...argv).problems).toEqual([expect.stringMatching(problem)]);
  });
});
