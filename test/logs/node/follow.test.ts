/** A journal that is followed over real HTTP: every line once, over polls, failures and New Year. */
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { json, text } from '../../support/server.ts';
import { asked, clock, journal, nextPoll, options, query, server, slowly, start, untilEnded } from './world.ts';

const a = 'Nov 21 02:16:17.000001 a';
const b = 'Nov 21 02:16:18.000002 b';
const c = 'Nov 21 02:16:18.000003 c';
const d = 'Nov 21 02:16:19.000004 d';

describe('a journal that is followed', () => {
  it('begins with ten lines and prints each line once, also those that share a second with known ones', async () => {
    server.next(
      text(200, journal(a, b)),
      text(200, journal(b)),
      text(200, journal(b, c)),
      text(200, journal(b, c, d)),
      text(200, journal(d)),
    );
    const run = start(options({ follow: true }));
    for (let poll = 0; poll < 4; poll += 1) await nextPoll();
    await asked(5);
    await expect.poll(() => run.stdout).toBe(journal(a, b, c, d));
    expect([0, 1, 3, 4].map(query)).toEqual([
      { query: 'kubelet', tailLines: '10' },
      { query: 'kubelet', sinceTime: '2026-11-21T02:16:18Z' },
      { query: 'kubelet', sinceTime: '2026-11-21T02:16:18Z' },
      { query: 'kubelet', sinceTime: '2026-11-21T02:16:19Z' },
    ]);
    run.interrupt();
    expect(await run.ended).toBe(130);
  });

  it('ends when it is interrupted, though nobody reads what it wrote', async () => {
    server.next(text(200, journal(a, b).repeat(20_000)));
    let written = 0;
    const stdout = new Writable({ write: () => void (written += 1) });
    const io = { stdout, stderr: new PassThrough(), env: {}, workingDirectory: '/' };
    const run = start(options({ follow: true }), { io });
    await expect.poll(() => written).toBe(1);
    run.interrupt();
    expect(await untilEnded(run)).toBe(130);
  });

  it('counts lines that are alike', async () => {
    server.next(text(200, journal(b, b)), text(200, journal(b, b, b)), text(200, journal(b, b, b)));
    const run = start(options({ follow: true }));
    await nextPoll();
    await nextPoll();
    await asked(3);
    await expect.poll(() => run.stdout).toBe(journal(b, b, b));
  });

  it('does not take for new what came before the last lines, in the same second', async () => {
    server.next(text(200, journal(c)), text(200, journal(b, c)), text(200, journal(b, c)), text(200, journal(b, c, d)));
    const run = start(options({ follow: true, tailLines: 1 }));
    for (let poll = 0; poll < 3; poll += 1) await nextPoll();
    await expect.poll(() => run.stdout).toBe(journal(c, d));
  });

  it('shows nothing of the past with --tail 0', async () => {
    server.next(text(200, journal(c)), text(200, journal(b, c)), text(200, journal(b, c, d)));
    const run = start(options({ follow: true, tailLines: 0 }));
    for (let poll = 0; poll < 2; poll += 1) await nextPoll();
    await expect.poll(() => run.stdout).toBe(journal(d));
    expect(query(0)).toEqual({ query: 'kubelet', tailLines: '1' });
  });

  it('begins a log that was empty at first', async () => {
    server.next(text(200, ''), text(200, journal(a)), text(200, journal(a, b)));
    const run = start(options({ follow: true }));
    for (let poll = 0; poll < 2; poll += 1) await nextPoll();
    await expect.poll(() => run.stdout).toBe(journal(a, b));
    expect(query(1)).toEqual({ query: 'kubelet' });
  });

  it('goes on at once where the 30 s of the kubelet cut it off, and waits where they did not', async () => {
    server.next(
      slowly(text(200, journal(a, b) + journal(c).slice(0, 40))),
      text(200, journal(b, c, d)),
      text(200, journal(d)),
    );
    const run = start(options({ follow: true, tailLines: 100 }));
    await asked(2);
    await expect.poll(() => run.stdout).toBe(journal(a, b, c, d));
    await nextPoll();
    await asked(3);
    expect([1, 2].map((poll) => query(poll)?.['sinceTime'])).toEqual(['2026-11-21T02:16:17Z', '2026-11-21T02:16:19Z']);
    expect(run.stdout).toBe(journal(a, b, c, d));
  });

  it('goes on over New Year', async () => {
    await clock.advance(Date.parse('2026-12-31T23:59:59.5Z') - clock.now());
    const old = 'Dec 31 23:59:59.100000 old';
    const fresh = 'Jan 01 00:00:00.200000 new';
    server.next(text(200, journal(old)), text(200, journal(old, fresh)), text(200, journal(fresh)));
    const run = start(options({ follow: true, output: 'short-iso-precise' }));
    await nextPoll();
    await nextPoll();
    await asked(3);
    await expect
      .poll(() => run.stdout)
      .toBe(
        '2026-12-31T23:59:59.100000+00:00 n1 kubelet[812]: old\n2027-01-01T00:00:00.200000+00:00 n1 kubelet[812]: new\n',
      );
    expect([1, 2].map((index) => query(index)['sinceTime'])).toEqual(['2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z']);
  });

  it('outlasts what passes, and says so once', async () => {
    const busy = json(500, { message: 'dial tcp 10.0.0.7:10250: connect: connection refused' });
    server.next(text(200, journal(a)), busy, busy, busy);
    server.otherwise(text(200, journal(a, b)));
    const run = start(options({ follow: true }));
    for (let pause = 0; pause < 4; pause += 1) await nextPoll(10_000);
    await expect.poll(() => run.stdout).toBe(journal(a, b));
    expect(run.stderr.match(/trying again/g)).toHaveLength(1);
  });

  it('ends in good order when nobody reads any more', async () => {
    server.otherwise(text(200, journal(a)));
    const run = start(options({ follow: true }));
    await expect.poll(() => run.stdout).toBe(journal(a));
    run.leave();
    expect(await run.ended).toBe(0);
  });

  it('ends by itself after --until', async () => {
    server.otherwise(text(200, journal(a)));
    const run = start(options({ follow: true, since: '-10m', until: '2026-11-21T02:20:01Z' }));
    expect(await untilEnded(run)).toBe(0);
    expect(run.stdout).toBe(journal(a));
    expect(server.requests.length).toBeGreaterThan(2);
  });

  it('keeps the lines of one entry together', async () => {
    const entry = `${journal(b)}${' '.repeat(38)}more of b\n`;
    server.next(text(200, journal(a) + entry), text(200, entry + journal(d)));
    const run = start(options({ follow: true }));
    await nextPoll();
    await expect.poll(() => run.stdout).toBe(journal(a) + entry + journal(d));
  });

  it('loses and doubles nothing of a thousand lines over polls that overlap as they like', async () => {
    const all = Array.from({ length: 1000 }, (_, index) => {
      const ms = Math.floor(index / 7) * 250;
      const at = new Date(Date.parse('2026-11-21T02:16:00Z') + ms).toISOString();
      return `Nov 21 ${at.slice(11, 23)}000 line ${index % 7 < 2 ? 'same' : index}`;
    });
    let written = 40;
    server.otherwise((response, request) => {
      const since = new URL(request.url, server.url).searchParams.get('sinceTime');
      const from = since === null ? written - 10 : all.findIndex((line) => line.slice(7, 15) >= since.slice(11, 19));
      response.end(journal(...all.slice(from, written)));
      written = Math.min(1000, written + 61);
    });
    const run = start(options({ follow: true }));
    while (server.requests.length < 19) await nextPoll();
    await expect.poll(() => run.stdout).toBe(journal(...all.slice(30)));
  });

  it('says once that 30 s are not enough for what is searched', async () => {
    server.next(slowly(text(200, '')), slowly(text(200, '')));
    server.otherwise(text(200, journal(a)));
    const run = start(options({ follow: true, grep: 'a' }));
    await nextPoll();
    await nextPoll();
    await expect.poll(() => run.stdout).toBe(journal(a));
    expect(run.stderr.match(/searched for 30 s and gave up/g)).toHaveLength(1);
  });
});
