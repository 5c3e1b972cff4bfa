/** What other programs' flags ask for reaches the printed line. */
import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../src/logs/pipeline.ts';
import { optionsOf } from './options-of.ts';
import { aSource } from '../support/log-source.ts';

const source = aSource();

const stamp = '2026-11-21T02:16:18.123456789Z';

/** What `kmaint logs LINE` prints of that message, `{stamp}` for its timestamp. */
function printed(line: string, ...messages: readonly string[]): string {
  const { options, problems } = optionsOf(...line.split(' '));
  expect(problems).toEqual([]);
  const pipeline = compilePipeline({
    lines: options.lines,
    look: { ...options.format, timeZone: 'UTC' },
    until: undefined,
    templateText: undefined,
    color: true,
    terminal: false,
    allNamespaces: false,
    showNamespace: false,
    showContext: false,
    onFailure: (message) => {
      throw new Error(message);
    },
  });
  if ('problems' in pipeline) throw new Error(pipeline.problems.join('; '));
  const block = Buffer.from(messages.map((message) => `${stamp} ${message}\n`).join(''));
  return pipeline.value.printerFor(source)(block).replaceAll(stamp, '{stamp}');
}

describe('a line', () => {
  it.each<[string, string]>([
    ['web -k line', '\x1b[31m[web-1 app] m\x1b[0m\n'],
    ['web -k pod', '\x1b[31m[web-1 app]\x1b[0m m\n'],
    ['web -k pod -z 1,2', '\x1b[33m[web-1 app]\x1b[0m m\n'],
    ['web --show-color-index -k pod', '\x1b[31m[1:web-1 app]\x1b[0m m\n'],
    ['--compat kubetail web -k pod --timestamps', '\x1b[31m[web-1 app]\x1b[0m {stamp} m\n'],
    ['--compat kubectl web-1', 'm\n'],
    ['--compat kubectl web-1 --timestamps', '{stamp} m\n'],
    ['--compat kubectl web-1 --prefix -t', '[pod/web-1/app] {stamp} m\n'],
    ['--compat kail -p web-1', '\x1b[97;1mshop/web-1[app]\x1b[0m\x1b[97;1m: \x1b[0mm\n'],
    ['--compat kail -o json -p web-1', '{"container":"app","message":"m","name":"web-1","namespace":"shop"}\n'],
    ['web --columns namespace,timestamp', 'shop {stamp} m\n'],
    ['web --columns timestamp -t=short', '11-21 02:16:18 m\n'],
  ])('of %s', (line, expected) => {
    expect(printed(line, 'm')).toBe(expected);
  });

  it('of zerolog takes its parts from the fields named', () => {
    const message = '{"severity":"warn","text":"slow","cause":"disk"}';
    const fields = '--zerolog-level-field severity --zerolog-message-field text --zerolog-error-field cause';
    // oxlint-disable-next-line no-control-regex -- colours
    const plain = (line: string): string => printed(line, message).replaceAll(/\x1b\[[\d;]*m/g, '');
    expect(plain(`web -o zerolog ${fields}`)).toBe('shop/web-1[app]: <nil> WRN slow cause=disk\n');
    expect(plain('web -o zerolog')).toContain('???');
  });

  it('without fields is dropped where fields are asked for, or kept', () => {
    const lines = ['{"level":"error"}', '  at main.go:7', '{"level":"info"}'];
    expect(printed('web -o raw --level error', ...lines)).toBe('{"level":"error"}\n');
    expect(printed('web -o raw --level error --without-fields keep', ...lines)).toBe(
      '{"level":"error"}\n  at main.go:7\n',
    );
  });
});
