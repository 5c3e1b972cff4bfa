/** Files below /var/log over real HTTP: whole, their ends, followed over rotations, and in the place of a journal. */
import { describe, expect, it } from 'vitest';
import { FilePlace } from '../../../src/logs/node/file-place.ts';
import { reset, status, stream, text, type Answerer } from '../../support/server.ts';
import { asked, nextPoll, options, server, start, untilEnded } from './world.ts';

const file = (path = 'syslog') => options({ file: path, units: [] });
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('');

describe('a file', () => {
  it('is printed whole, also a last line that nobody ended', async () => {
    server.next(text(200, 'one\n\ntwo\nthree'));
    const run = start(file('pods/a b/0.log'));
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('one\n\ntwo\nthree\n');
    expect(server.requests[0]?.url).toBe('/api/v1/nodes/n1/proxy/logs/pods/a%20b/0.log');
  });

  it('may be asked for its last lines only', async () => {
    server.next(text(200, numbered(0, 5000)));
    const run = start({ ...file(), tailLines: 3 });
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe(numbered(4997, 5000));
  });

  it('is read on after a connection that breaks', async () => {
    server.next(stream([numbered(0, 10), 'line'], 'reset'), text(200, numbered(0, 12)));
    const run = start(file());
    expect(await untilEnded(run)).toBe(0);
    expect(run.stdout).toBe(numbered(0, 12));
  });

  it('is missed where it is not', async () => {
    server.next(text(404, '404 page not found\n'));
    expect(await start(file()).ended).toMatchObject({
      code: 'node-logs.no-file',
      exitCode: 2,
      message: expect.stringMatching(/^node n1 has no \/var\/log\/syslog/),
    });
    server.next(status(404, 'NotFound', 'nodes "n1" not found', { name: 'n1' }));
    expect(await start(file()).ended).toMatchObject({ code: 'node-logs.no-node' });
  });

  it('is followed from where it stood, half lines and all', async () => {
    server.next(
      text(200, `${numbered(0, 20)}half`),
      text(200, `${numbered(0, 20)}half`),
      text(200, `${numbered(0, 20)}half done\nnext\n`),
    );
    const run = start({ ...file(), follow: true });
    await nextPoll();
    await nextPoll();
    await asked(3);
    await expect.poll(() => run.stdout).toBe(`${numbered(10, 20)}half done\nnext\n`);
    run.interrupt();
    expect(await run.ended).toBe(130);
  });

  it('is followed over a rotation, and over the moment in which there is none', async () => {
    server.next(
      text(200, numbered(0, 20)),
      text(404, '404 page not found\n'),
      text(200, numbered(20, 23)),
      text(200, numbered(20, 40)),
    );
    const run = start({ ...file(), follow: true, tailLines: 1 });
    for (let poll = 0; poll < 3; poll += 1) await nextPoll();
    await expect.poll(() => run.stdout).toBe(numbered(19, 40));
    expect(run.stderr).toBe('/var/log/syslog is a new file: reading it from its beginning\n');
  });

  it('is not read again where nothing has changed', async () => {
    let pieces = 0;
    const same: Answerer = (response) => {
      pieces += 1;
      response.writeHead(200, { 'content-length': '10', 'last-modified': 'Sat, 21 Nov 2026 02:16:18 GMT' });
      // The second one never ends: whoever reads it waits for ever.
      if (pieces === 1) response.end('line one\n\n');
      else response.write('l');
    };
    server.next(same, same, text(200, 'line one\n\nline two\n'));
    const run = start({ ...file(), follow: true });
    await nextPoll();
    await nextPoll();
    await expect.poll(() => run.stdout).toBe('line one\n\nline two\n');
  });

  it('as JSON names node and file', async () => {
    server.next(text(200, 'größe "x"\n'));
    const run = start({ ...file(), output: 'json' });
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('{"node":"n1","file":"syslog","message":"größe \\"x\\""}\n');
  });
});

describe('a unit that writes to a file', () => {
  const words = '\noptions present and query resolved to log files for [kubelet]\ntry without specifying options\n';

  it('is read as it is without options', async () => {
    server.next(text(200, 'I1121 02:16:18.123456     812 a.go:1] x\n'));
    const run = start(options());
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('I1121 02:16:18.123456     812 a.go:1] x\n');
  });

  it('is followed as the file that it is', async () => {
    server.next(
      text(200, words),
      text(404, '404 page not found\n'),
      text(200, numbered(0, 20)),
      text(200, numbered(0, 22)),
    );
    const run = start(options({ follow: true }));
    await nextPoll();
    await expect.poll(() => run.stdout).toBe(numbered(10, 22));
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/api/v1/nodes/n1/proxy/logs/?query=kubelet&tailLines=10',
      '/api/v1/nodes/n1/proxy/logs/kubelet.log',
      '/api/v1/nodes/n1/proxy/logs/kubelet/kubelet.log',
      '/api/v1/nodes/n1/proxy/logs/kubelet/kubelet.log',
    ]);
  });

  it('is refused where it would have to be filtered', async () => {
    server.next(text(200, words));
    expect(await start(options({ since: '-1h' })).ended).toMatchObject({
      code: 'node-logs.is-file',
      exitCode: 2,
      hint: expect.stringContaining('leave out --since'),
    });
  });

  it('is not found where no file is either', async () => {
    server.next(text(200, words));
    server.otherwise(text(404, '404 page not found\n'));
    expect(await start(options({ tailLines: 3 })).ended).toMatchObject({ code: 'node-logs.no-file' });
    expect(server.requests).toHaveLength(4);
  });
});

describe('FilePlace', () => {
  function read(answers: readonly (readonly string[])[]): { lines: string[]; replaced: number } {
    const lines: string[] = [];
    let replaced = 0;
    const place = new FilePlace({ line: (line) => lines.push(line), replaced: () => (replaced += 1) });
    for (const chunks of answers) {
      if (!place.begin(Number.NaN, undefined)) continue;
      for (const chunk of chunks) place.push(Buffer.from(chunk));
      place.end(true, false);
    }
    return { lines, replaced };
  }

  it('passes over what is known, however it is cut', () => {
    const text = numbered(0, 60);
    for (const at of [1, 5, 100, 255, 256, 257, text.length - 1]) {
      const pieces = [text.slice(0, at), text.slice(at)];
      expect(read([pieces, pieces, [...pieces, 'more\n']])).toEqual({
        lines: [...text.trimEnd().split('\n'), 'more'],
        replaced: 0,
      });
    }
  });

  it('begins anew where the beginning is another, however it is cut', () => {
    for (const at of [1, 3, 200]) {
      const other = `other ${numbered(0, 60)}`;
      const { lines, replaced } = read([[numbered(0, 50)], [other.slice(0, at), other.slice(at)]]);
      expect(lines).toEqual([...numbered(0, 50).trimEnd().split('\n'), ...other.trimEnd().split('\n')]);
      expect(replaced).toBe(1);
    }
  });

  it('begins anew at once where its length says that it is shorter', () => {
    const lines: string[] = [];
    const place = new FilePlace({ line: (line) => lines.push(line), replaced: () => lines.push('replaced') });
    for (const text of ['a\nb\n', 'a\n']) {
      expect(place.begin(text.length, undefined)).toBe(true);
      place.push(Buffer.from(text));
      place.end(true, false);
    }
    expect(lines).toEqual(['a', 'b', 'replaced', 'a']);
  });

  it('begins anew where it is shorter, at once or with the next answer', () => {
    expect(read([[numbered(0, 50)], ['line 0\n'], ['line 0\nline 1\n']])).toEqual({
      lines: [...numbered(0, 50).trimEnd().split('\n'), 'line 0', 'line 1'],
      replaced: 1,
    });
    const long = numbered(0, 100);
    const truncated = long.slice(0, 350);
    const { lines, replaced } = read([[long], [truncated], [truncated]]);
    expect(replaced).toBe(1);
    expect(lines).toEqual([...long.trimEnd().split('\n'), ...truncated.split('\n').slice(0, -1)]);
  });
});

describe('a server that only breaks', () => {
  it('is given up', async () => {
    server.otherwise(reset);
    expect(await untilEnded(start(file()))).toMatchObject({ code: 'node-logs.unfinished', exitCode: 1 });
  });
});
