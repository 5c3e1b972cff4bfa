/** The journal of a node over real HTTP: every answer, over cuts and breaks. */
import { describe, expect, it } from 'vitest';
import { KmaintError } from '../../../src/errors.ts';
import { reset, status, stream, text } from '../../support/server.ts';
import { journal, options, query, server, slowly, start, untilEnded } from './world.ts';

const a = 'Nov 21 02:16:17.000001 a';
const b = 'Nov 21 02:16:18.000002 b';
const c = 'Nov 21 02:16:18.000003 c';
const d = 'Nov 21 02:16:19.000004 d';

describe('a journal that is read once', () => {
  it('is printed as it comes, and asked for with all that was said', async () => {
    server.next(text(200, journal(a, b)));
    const run = start(
      options({
        units: ['kubelet', 'containerd'],
        since: '2026-11-21T02:00:00Z',
        until: '2026-11-21T02:30:00.5Z',
        tailLines: 7,
        grep: 'a|b+',
        boot: -1,
      }),
    );
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(journal(a, b));
    expect(run.stderr).toBe('');
    expect(server.requests[0]?.url).toBe(
      '/api/v1/nodes/n1/proxy/logs/?query=kubelet&query=containerd&sinceTime=2026-11-21T02%3A00%3A00Z&untilTime=2026-11-21T02%3A30%3A01Z&tailLines=7&boot=-1&pattern=a%7Cb%2B',
    );
  });

  it('is not asked for as JSON, which a kubelet does not have', async () => {
    server.next(text(200, journal(a)));
    await start(options()).ended;
    expect(server.requests[0]?.headers.accept).toBe('*/*');
  });

  it('keeps bytes and lines that arrive in pieces', async () => {
    const line = Buffer.from(journal('Nov 21 02:16:17.000001 größe \u{1f600}'));
    server.next(stream([line.subarray(0, 30), line.subarray(30, 48), line.subarray(48)]));
    const run = start(options());
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(line.toString());
  });

  it('may be empty', async () => {
    server.next(text(200, ''), text(200, '-- No entries --\n'));
    for (const run of [start(options()), start(options())]) {
      expect(await run.ended).toBe(0);
      expect(run.stdout).toBe('');
    }
  });

  it('ends where --until says, also where the kubelet does not', async () => {
    server.next(text(200, journal(a, b, c, d)));
    const run = start(options({ until: '2026-11-21T02:16:18Z' }));
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(journal(a));
  });

  it('goes on where the 30 s of the kubelet cut it off', async () => {
    server.next(
      slowly(text(200, journal(a, b) + journal(c).slice(0, 40))),
      slowly(text(200, journal(b, c, d))),
      text(200, journal(d)),
    );
    const run = start(options({ tailLines: 100 }));
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(journal(a, b, c, d));
    expect(run.stderr).toMatch(/ends an answer after 30 s: reading on from 2026-11-21T02:16:17/);
    expect(query(1)).toEqual({ query: 'kubelet', sinceTime: '2026-11-21T02:16:17Z' });
  });

  it('says that it is not whole where 30 s bring nothing', async () => {
    server.next(slowly(text(200, '')));
    const error = await start(options({ grep: 'x' })).ended;
    expect(error).toMatchObject({ code: 'node-logs.unfinished', exitCode: 1 });
  });

  it('goes on after a connection that breaks, without a line twice', async () => {
    server.next(stream([journal(a, b), journal(c).slice(0, 25)], 'reset'), text(200, journal(a, b, c)));
    const run = start(options());
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(journal(a, b, c));
  });

  it('tries again what passes, and gives up in the end', async () => {
    const busy = status(503, 'ServiceUnavailable', 'error trying to reach service: dial tcp');
    server.next(busy, text(200, journal(a)));
    const run = start(options());
    expect(await untilEnded(run)).toBe(0);
    expect(run.stdout).toBe(journal(a));
    expect(run.stderr).toMatch(/trying again: .*error trying to reach service/);

    server.otherwise(reset);
    const hopeless = start(options());
    expect(await untilEnded(hopeless)).toMatchObject({ code: 'node-logs.unfinished', exitCode: 1 });
  });
});

describe('a node that shows no journal', () => {
  const listing =
    '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="pods/">pods/</a>\n';

  it.each([
    ['a list of files', text(200, listing, { 'content-type': 'text/html; charset=utf-8' })],
    ['the list of an older kubelet', text(200, '<pre>\n<a href="x">x</a>\n', { 'content-type': 'text/html' })],
    ['404', text(404, '404 page not found\n')],
    ['405', text(405, 'logs endpoint is disabled.\n')],
  ])('names the setting, the right and the ways around: %s', async (_, answer) => {
    server.next(answer);
    const error = await start(options()).ended;
    expect(error).toBeInstanceOf(KmaintError);
    expect(error).toMatchObject({
      code: 'node-logs.not-enabled',
      exitCode: 4,
      hint: expect.stringMatching(
        /enableSystemLogQuery to true.*NodeLogQuery.*nodes\/proxy.*kmaint node-logs n1 --via ssh.*kmaint node-logs --local.*kubectl debug node\/n1 /s,
      ),
    });
  });

  const ofServer =
    'nodes "n1" is forbidden: User "dev" cannot get resource "nodes/proxy" in API group "" at the cluster scope';
  const ofKubelet = 'Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[log])';
  it.each([
    ['the API server', status(403, 'Forbidden', ofServer), ofServer],
    ['the kubelet', text(403, ofKubelet), 'Forbidden'],
  ])('names the right and the setting where it is refused by %s', async (_, answer, message) => {
    server.next(answer);
    expect(await start(options()).ended).toMatchObject({
      code: 'node-logs.forbidden',
      exitCode: 4,
      message: expect.stringContaining(message),
      hint: expect.stringMatching(
        /get on nodes\/proxy .*enableSystemLogQuery.*--via ssh.*--local.*kubectl debug node\/n1 /s,
      ),
    });
  });

  it('says which node there is none of', async () => {
    server.next(status(404, 'NotFound', 'nodes "n1" not found', { name: 'n1', kind: 'nodes' }));
    expect(await start(options()).ended).toMatchObject({ code: 'node-logs.no-node', exitCode: 2 });
  });

  it.each([
    '\nfailed to get logs for nope: log not found for nope\n',
    'log not found for nope\n',
    '\nerror: journal output not available\n',
    'No journal files were found.\n',
  ])('takes what is said in words for what it is: %j', async (body) => {
    server.next(text(200, body));
    const run = start(options({ units: ['nope'] }));
    expect(await run.ended).toMatchObject({
      code: 'node-logs.no-log',
      exitCode: 2,
      message: expect.stringMatching(/^node n1 shows no log of unit nope: \S/),
    });
    expect(run.stdout).toBe('');
  });

  it.each(['Bad pattern "(": missing closing parenthesis\n', '--since= must be before --until=.\n'])(
    'takes what journalctl says for what it is: %j',
    async (body) => {
      server.next(text(200, body));
      const run = start(options({ grep: '(' }));
      expect(await run.ended).toMatchObject({
        code: 'node-logs.bad-query',
        exitCode: 2,
        message: expect.stringContaining(body.trim()),
      });
      expect(run.stdout).toBe('');
    },
  );

  it('is not asked for times that end before they begin', async () => {
    const run = start(options({ since: '-1h', until: '-2h' }));
    expect(await run.ended).toMatchObject({ exitCode: 2, message: '--since is after --until' });
    expect(server.requests).toEqual([]);
  });

  it('says what the kubelet says after the lines of other units', async () => {
    const words = '\nfailed to get logs for nope: log not found for nope\n';
    server.next(text(200, journal(a) + words));
    const run = start(options({ units: ['kubelet', 'nope'] }));
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(journal(a));
    expect(run.stderr).toBe('failed to get logs for nope: log not found for nope\n');
  });

  it('passes a refusal of the kubelet on', async () => {
    server.next(text(406, 'options.tailLines: Invalid value: 100001\n'));
    expect(await start(options()).ended).toMatchObject({
      code: 'node-logs.refused',
      message: expect.stringContaining('options.tailLines: Invalid value'),
    });
  });
});

describe('several nodes', () => {
  it('have their names before each line; what one lacks is no reason to leave the other', async () => {
    server.otherwise((response, request) => {
      if (request.url.includes('/n1/')) response.end(`${journal(a)}${' '.repeat(38)}more\n`);
      else void status(404, 'NotFound', 'nodes "n2" not found', { name: 'n2' })(response, request);
    });
    const run = start(options({ nodes: ['n1', 'n2'] }));
    expect(await run.ended).toBe(1);
    expect(run.stdout).toBe(`n1 ${journal(a)}n1 ${' '.repeat(38)}more\n`);
    expect(run.stderr).toMatch(/^node n2: error: there is no node n2/);
  });
});
