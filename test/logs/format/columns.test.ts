/** Columns stand in the order asked for, and the message after them as it came. */
import { describe, expect, it } from 'vitest';
import type { FormatOptions } from '../../../src/logs/format/options.ts';
import { defaultPalette } from '../../../src/logs/format/palette.ts';
import { bytesOf, type LogSource } from '../../../src/logs/line.ts';
import { aLine, printed, source, stamp } from './lines.ts';

const unbound: LogSource = { ...source, node: '' };

describe('columns', () => {
  it.each<[string, Partial<FormatOptions>, string]>([
    ['names', { columns: ['namespace', 'pod', 'container', 'node'] }, 'shop web-1 app node1 a  b\n'],
    ['another order', { columns: ['container', 'pod'] }, 'app web-1 a  b\n'],
    ['no context', { columns: ['context', 'pod'] }, '- web-1 a  b\n'],
    ['the time', { columns: ['timestamp', 'pod'] }, `${stamp} web-1 a  b\n`],
    ['the time between', { columns: ['namespace', 'timestamp', 'pod'] }, `shop ${stamp} web-1 a  b\n`],
    ['the time alone', { columns: ['timestamp'] }, `${stamp} a  b\n`],
    ['the time once', { columns: ['timestamp'], timestamps: 'short' }, '11-21 02:16:18 a  b\n'],
    [
      'the time in a zone',
      { columns: ['timestamp'], timeZone: 'Asia/Tokyo' },
      '2026-11-21T11:16:18.123456789+09:00 a  b\n',
    ],
    ['a time before the message', { columns: ['pod'], timestamps: 'short' }, 'web-1 11-21 02:16:18 a  b\n'],
    ['no dot without colours', { columns: ['dot', 'pod'] }, 'web-1 a  b\n'],
    ['nothing at all', { columns: ['dot'] }, 'a  b\n'],
    ['a coloured dot', { columns: ['dot', 'namespace'], colors: defaultPalette }, '\x1b[93m\u25cf\x1b[0m shop a  b\n'],
    ['instead of any other output', { columns: ['pod'], output: 'json', prefix: 'none' }, 'web-1 a  b\n'],
  ])('%s', (_, options, line) => {
    expect(printed(options, bytesOf('a  b'))).toBe(line);
  });

  it('show where the node is, as far as it is known', () => {
    const columns = ['region', 'zone', 'os', 'arch', 'pod'] as const;
    const place = { region: 'eu', zone: 'eu-1', os: 'linux', arch: 'arm64' };
    expect(printed({ columns }, 'm', { ...source, place })).toBe('eu eu-1 linux arm64 web-1 m\n');
    expect(printed({ columns }, 'm', { ...source, place: { ...place, zone: undefined } })).toBe(
      'eu - linux arm64 web-1 m\n',
    );
    expect(printed({ columns }, 'm')).toBe('- - - - web-1 m\n');
  });

  it('show a hyphen for what a line does not have', () => {
    expect(printed({ columns: ['node'] }, 'm', unbound)).toBe('- m\n');
    expect(printed({ columns: ['timestamp', 'pod'] }, 'm', source, aLine('m', ''))).toBe('- web-1 m\n');
  });

  it('name a zone that there is not', () => {
    expect(() => printed({ columns: ['timestamp'], timeZone: 'Mars/Olympus' }, 'm')).toThrow(/Mars\/Olympus/);
  });
});
