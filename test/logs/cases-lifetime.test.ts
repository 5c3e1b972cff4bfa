/** Streams over their whole life, from flags to bytes; numbers are those of the list of cases that logs has to master. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { lineAt, type LogApi, sendStatus, type ApiPod } from '../support/log-api.ts';
import { eachOnItsApi, until, type LogRun } from '../support/log-run.ts';
import { credentialsOf } from '../door/connection.ts';

let api: LogApi;
const start = eachOnItsApi((one) => (api = one));

const running = (name: string, more: Partial<ApiPod> = {}): ApiPod => ({
  name,
  containers: { app: { state: 'running', id: `${name}-1` } },
  ...more,
});

/** Sends these lines and leaves the log open. */
function stay(response: ServerResponse, ...lines: string[]): void {
  response.writeHead(200);
  response.flushHeaders();
  response.write(lines.join(''));
}

const printed = (run: LogRun): string[] => run.out().split('\n').slice(0, -1);

describe('what is attached', () => {
  it.each([
    ['', ['app', 'debugger', 'proxy', 'setup']],
    ['--init-containers=false', ['app', 'debugger']],
    ['--ephemeral-containers=false', ['app', 'proxy', 'setup']],
  ])('case 9: containers of every kind, each but the regular left out by its flag: %j', async (flag, expected) => {
    const names = { setup: 'init', proxy: 'init', app: 'regular', debugger: 'ephemeral' };
    const ofKind = (kind: string): string[] => Object.keys(names).filter((name) => names[name as 'app'] === kind);
    const statuses = (kind: string): object[] =>
      ofKind(kind).map((name) => ({
        name,
        restartCount: 0,
        containerID: `containerd://${name}`,
        state:
          name === 'setup' ? { terminated: { exitCode: 0, containerID: `containerd://${name}` } } : { running: {} },
      }));
    const pod = {
      metadata: { name: 'web-1', namespace: 'default', uid: 'web-1', resourceVersion: '1' },
      spec: {
        nodeName: 'n1',
        initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }],
        containers: [{ name: 'app' }],
        ephemeralContainers: [{ name: 'debugger' }],
      },
      status: {
        phase: 'Running',
        initContainerStatuses: statuses('init'),
        containerStatuses: statuses('regular'),
        ephemeralContainerStatuses: statuses('ephemeral'),
      },
    };
    api.onPods = (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [pod] }),
      );
      return true;
    };
    const run = start(`web --no-follow ${flag}`.trim());
    expect(await run.done).toBe(0);
    expect(api.asked.map(({ container }) => container).toSorted()).toEqual(expected);
  });

  it('case 10: of a container in CrashLoopBackOff the next run, not the one before, with --container-state running', async () => {
    api.put({ name: 'web-1', containers: { app: { state: 'waiting', reason: 'CrashLoopBackOff', id: 'one' } } });
    api.onLog = (_, response) => stay(response, lineAt(9, 'second run'));
    const run = start('web --container-state running');
    await until('the watch', () => api.watches === 1);
    expect(api.asked).toEqual([]);
    api.put({ name: 'web-1', containers: { app: { state: 'running', id: 'two', restarts: 1 } } });
    await until('the second run', () => run.out() !== '');
    expect(printed(run)).toEqual(['web-1 app second run']);
  });

  it('case 11: a pod is left when the condition is lost, and taken up again', async () => {
    api.put(running('web-1', { ready: false }));
    let open = 0;
    api.onLog = (_, response) => {
      open += 1;
      response.on('close', () => (open -= 1));
      stay(response, lineAt(api.asked.length, `reading ${String(api.asked.length)}`));
    };
    const run = start('web --condition ready=false --tail=0');
    await until('the first reading', () => run.out().includes('reading 1'));
    api.put(running('web-1', { ready: true }));
    await until('the stream to be cut', () => open === 0);
    api.put(running('web-1', { ready: false }));
    await until('the second reading', () => run.out().includes('reading 2'));
    expect(open).toBe(1);
    expect(run.err().match(/^\+ web-1/gm)).toHaveLength(2);
  });

  it('case 13: without a match it waits while following, and says so and ends with 0 without', async () => {
    api.onLog = (_, response) => stay(response, lineAt(1, 'here'));
    const once = start('web --no-follow');
    expect(await once.done).toBe(0);
    expect([once.out(), once.err()]).toEqual(['', expect.stringContaining('no pod matches')]);
    const run = start('web');
    await until('the watch', () => api.watches === 1);
    api.put(running('web-1'));
    await until('the line', () => run.out() !== '');
    expect(printed(run)).toEqual(['web-1 app here']);
  });

  it('case 19: a StatefulSet pod of the same name is another: nothing is resumed', async () => {
    api.put(running('web-0', { uid: 'first' }));
    const open: ServerResponse[] = [];
    api.onLog = (_, response) => {
      open.push(response);
      stay(response, lineAt(100, `log ${String(open.length)}`));
    };
    const run = start('web-0');
    await until('the first log', () => run.out().includes('log 1'));
    api.remove('web-0');
    open[0]?.end();
    await until('its end', () => run.err().includes('- web-0'));
    api.put(running('web-0', { uid: 'second', containers: { app: { state: 'running', id: 'other' } } }));
    await until('the second log', () => run.out().includes('log 2'));
    expect(printed(run)).toEqual(['web-0 app log 1', 'web-0 app log 2']);
    expect(api.asked.map(({ query }) => query['sinceTime'])).toEqual([undefined, undefined]);
  });
});

describe('how a stream ends', () => {
  it('case 17: --events says after the last line how the run ended', async () => {
    api.put(running('web-1'));
    let response: ServerResponse | undefined;
    api.onLog = (asked, one) => {
      if (asked.query['follow'] !== 'true') {
        one.writeHead(200).end();
        return;
      }
      response = one;
      stay(one, lineAt(1, 'first'));
    };
    const run = start('web --events');
    await until('the first line', () => run.out() !== '');
    response?.end(lineAt(2, 'last words'));
    api.put({
      name: 'web-1',
      containers: { app: { state: 'terminated', id: 'web-1-1', reason: 'OOMKilled', exitCode: 137 } },
    });
    await until('the marker', () => run.err().includes('OOMKilled'));
    expect(printed(run)).toEqual(['web-1 app first', 'web-1 app last words']);
    expect(run.err()).toContain('~ web-1 › app: OOMKilled exit=137\n');
  });

  it('case 17: and of a run that was followed by the next one before its log ended', async () => {
    api.put(running('web-1'));
    const open: ServerResponse[] = [];
    api.onLog = ({ query }, one) => {
      if (query['previous'] === 'true') {
        one.writeHead(200).end(lineAt(1, 'first') + lineAt(2, 'last words'));
        return;
      }
      open.push(one);
      stay(one, ...(open.length === 1 ? [lineAt(1, 'first')] : []));
    };
    const run = start('web --events');
    await until('the first line', () => run.out() !== '');
    const last = { id: 'web-1-1', reason: 'OOMKilled', exitCode: 137 };
    api.put({ name: 'web-1', containers: { app: { state: 'running', id: 'web-1-2', restarts: 1, last } } });
    await until('the next run', () => (run.err().match(/^\+ web-1/gm) ?? []).length === 2);
    open[0]?.end(lineAt(2, 'last words'));
    await until('its end', () => run.err().includes('- web-1'));
    expect(printed(run)).toEqual(['web-1 app first', 'web-1 app last words']);
    expect(run.err()).toContain('~ web-1 › app: OOMKilled exit=137\n');
    expect(run.all().indexOf('last words')).toBeLessThan(run.all().indexOf('~ web-1'));
  });

  it('case 17: where both streams are one, what is said of the end comes behind the last words', async () => {
    const app = { state: 'terminated', id: 'web-1-1', reason: 'OOMKilled', exitCode: 137 } as const;
    api.put({ name: 'web-1', containers: { app } });
    api.onLog = (_, response) => void response.writeHead(200).end(lineAt(2, 'last words'));
    const run = start('web --events --no-follow');
    expect(await run.done).toBe(0);
    expect(run.all().split('\n')).toEqual([
      '+ web-1 › app',
      'web-1 app last words',
      '~ web-1 › app: OOMKilled exit=137',
      '- web-1 › app',
      '',
    ]);
  });

  it('case 17: with --sort it waits for the lines that are held back', async () => {
    api.put(running('web-1'));
    api.put(running('web-2'));
    const open = new Map<string, ServerResponse>();
    api.onLog = (asked, one) => {
      if (asked.query['follow'] !== 'true') {
        one.writeHead(200).end(lineAt(1, 'first') + lineAt(2, 'last words'));
        return;
      }
      open.set(asked.pod, one);
      stay(one, ...(asked.pod === 'web-1' ? [lineAt(1, 'first')] : []));
    };
    const run = start('web --events --sort');
    await until('both logs', () => open.size === 2);
    open.get('web-1')?.end(lineAt(2, 'last words'));
    const app = { state: 'terminated', id: 'web-1-1', reason: 'OOMKilled', exitCode: 137 } as const;
    api.put({ name: 'web-1', containers: { app } });
    await until('the end', () => run.err().includes('- web-1'));
    expect(printed(run)).toEqual(['web-1 app first', 'web-1 app last words']);
    expect(run.all().indexOf('last words')).toBeLessThan(run.all().indexOf('~ web-1'));
  });

  it('with --sort and a window a line waits that long for older ones of other logs', async () => {
    const open = new Map<string, ServerResponse>();
    api.onLog = ({ pod }, one) => {
      open.set(pod, one);
      stay(one);
    };
    for (const name of ['web-1', 'web-2']) api.put(running(name));
    const run = start('web --sort=1h -o raw');
    await until('both logs', () => open.size === 2);
    open.get('web-1')?.write(lineAt(2, 'second'));
    // Longer than the usual window.
    await new Promise((later) => setTimeout(later, 1300));
    expect(run.out()).toBe('');
    open.get('web-2')?.write(lineAt(1, 'first') + lineAt(3, 'third'));
    await until('the lines of both', () => run.out() !== '');
    run.interrupt();
    expect(await run.done).toBe(130);
    expect(run.out()).toBe('first\nsecond\nthird\n');
  });

  it('case 18: lines that come after the pod is deleted are printed before it is left', async () => {
    api.put(running('web-1'));
    let response: ServerResponse | undefined;
    api.onLog = (_, one) => {
      response = one;
      stay(one, lineAt(1, 'first'));
    };
    const run = start('web');
    await until('the first line', () => run.out() !== '');
    api.remove('web-1');
    response?.write(lineAt(2, 'after it was deleted'));
    await until('the last line', () => run.out().includes('after'));
    expect(run.err()).not.toContain('- web-1');
    response?.end();
    await until('the end', () => run.err().includes('- web-1 › app'));
    expect(printed(run)).toEqual(['web-1 app first', 'web-1 app after it was deleted']);
  });
});

describe('a server in trouble', () => {
  it('case 27: connections refused for a while are outlasted, each line once', { timeout: 40_000 }, async () => {
    api.put(running('web-1'));
    api.put(running('web-2'));
    const lines = [lineAt(1, 'one'), lineAt(2, 'two')];
    api.onLog = (_, response) => stay(response, ...lines);
    const run = start('web');
    await until('all lines', () => printed(run).length === 4);
    await api.stop();
    await until('a refusal', () => run.err().includes('will retry'));
    lines.push(lineAt(3, 'three'));
    await api.start();
    await until('the new lines', () => printed(run).length === 6);
    for (const pod of ['web-1', 'web-2']) {
      const own = printed(run).filter((line) => line.startsWith(pod));
      expect(own).toEqual(['one', 'two', 'three'].map((text) => `${pod} app ${text}`));
    }
    // The watch comes back too, and still takes up what is new.
    await until('the watch', () => api.watches === 1);
    api.put(running('web-3'));
    await until('the new pod', () => run.out().includes('web-3 app three'));
    expect(run.err()).not.toContain('lost watch');
  });

  it('case 29: a token that expires is renewed, and the log goes on', async () => {
    api.put(running('web-1'));
    let valid = 'Bearer one';
    const lines = [lineAt(1, 'one')];
    const open: ServerResponse[] = [];
    api.onLog = ({ headers }, response) => {
      if (headers.authorization !== valid) {
        sendStatus(response, 401, 'Unauthorized');
        return;
      }
      open.push(response);
      stay(response, ...lines);
    };
    let token = 'Bearer one';
    let renewals = 0;
    const run = start('web', {
      credentials: ({ rejected }) => {
        if (rejected === true) {
          renewals += 1;
          token = valid;
        }
        return Promise.resolve(credentialsOf({ headers: { authorization: token } }));
      },
    });
    await until('the first line', () => run.out() !== '');
    valid = 'Bearer two';
    lines.push(lineAt(2, 'two'));
    open[0]?.destroy();
    await until('the second line', () => run.out().includes('two'));
    expect(printed(run)).toEqual(['web-1 app one', 'web-1 app two']);
    expect(renewals).toBe(1);
  });

  it('case 30: a kubelet that is away holds up only the logs of its own node', async () => {
    api.put(running('web-1', { node: 'n1' }));
    api.put(running('web-2', { node: 'n2' }));
    let away = true;
    const refusal = 'Get "https://10.0.0.1:10250/containerLogs": dial tcp 10.0.0.1:10250: connect: connection refused';
    api.onLog = ({ pod }, response) => {
      if (pod === 'web-1' && away) sendStatus(response, 500, refusal);
      else stay(response, lineAt(1, 'here'));
    };
    const run = start('web');
    await until('the other log', () => run.out().includes('web-2'));
    await until('a second try', () => api.asked.filter(({ pod }) => pod === 'web-1').length >= 3);
    expect(api.asked.filter(({ pod }) => pod === 'web-2')).toHaveLength(1);
    expect(run.err()).toContain('! web-1 › app:');
    expect(run.err()).toContain('connection refused');
    away = false;
    await until('its log', () => run.out().includes('web-1 app here'));
  });

  it('case 31: what the kubelet says in place of a log is told whole on stderr', async () => {
    api.put(running('web-1'));
    api.onLog = (_, response) =>
      void response.writeHead(200).end('unable to retrieve container logs for containerd://abc');
    const run = start('web --no-follow');
    expect(await run.done).toBe(0);
    expect(run.out()).toBe('');
    expect(run.err()).toContain('! web-1 › app: unable to retrieve container logs for containerd://abc\n');
  });

  it('case 33: Retry-After is waited for', async () => {
    api.put(running('web-1'));
    const atMs: number[] = [];
    api.onLog = (_, response) => {
      atMs.push(Date.now());
      if (atMs.length === 1) sendStatus(response, 429, 'too many requests', { 'retry-after': '1' });
      else stay(response, lineAt(1, 'here'));
    };
    const run = start('web');
    await until('the line', () => run.out() !== '');
    expect(atMs).toHaveLength(2);
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });
});

describe('time', () => {
  it('case 61: --since without a line in its range prints nothing and goes on following', async () => {
    api.put(running('web-1'));
    let response: ServerResponse | undefined;
    api.onLog = (_, one) => {
      response = one;
      stay(one);
    };
    const run = start('web --since 10m');
    await until('the request', () => response !== undefined);
    expect([api.asked[0]?.query['sinceSeconds'], run.out()]).toEqual(['600', '']);
    response?.write(lineAt(1, 'now'));
    await until('the line', () => run.out() !== '');
    expect(api.asked).toHaveLength(1);
  });

  it('case 61: --since 500ms asks for a whole second, for none would be refused', async () => {
    api.put(running('web-1'));
    const run = start('web --since 500ms --no-follow');
    expect(await run.done).toBe(0);
    expect(api.asked[0]?.query).toMatchObject({ sinceSeconds: '1' });
  });

  it('case 62: the node counts --since by its own clock, whatever this machine’s says', async () => {
    api.put(running('web-1'));
    const run = start('web --since 5m --no-follow');
    expect(await run.done).toBe(0);
    expect(api.asked[0]?.query).toMatchObject({ sinceSeconds: '300' });
    expect(api.asked[0]?.query).not.toHaveProperty('sinceTime');
  });
});
