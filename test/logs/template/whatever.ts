/** Formats, layouts and lines at random, for the comparison with stern. */
import fc from 'fast-check';
import { bytesOf } from '../../../src/logs/line.ts';

const jsonPieces = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  ' ',
  '-',
  '.',
  '1',
  '0',
  'e',
  'E+',
  'a',
  'true',
  'null',
  'fals',
  '"a"',
  '"b":',
  '"a":',
  String.raw`\u00e9`,
  String.raw`\ud83d`,
  String.raw`\ude00`,
  '1.50',
  '\xff',
  '\xc3\xa9',
  '\x01',
  '<',
];

const numbers = [
  '1',
  '-0',
  '1.50',
  '1e21',
  '1E-7',
  '0.1',
  '12345678901234567890',
  '5e-324',
  '100000',
  '1000000',
  '1e999',
];

/** JSON in bytes, and what is nearly JSON. */
export const jsonLike: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...jsonPieces), { minLength: 1, maxLength: 9 }).map((pieces) => pieces.join('')),
  fc.jsonValue({ maxDepth: 3 }).map((value) => bytesOf(JSON.stringify(value))),
  fc.dictionary(fc.string(), fc.constantFrom(...numbers)).map((entries) => {
    const members = Object.entries(entries).map(([key, number]) => `${JSON.stringify(key)}:${number}`);
    return `{${members.join(', ')}}`;
  }),
);

const operands = [
  '1',
  '-5',
  '0',
  '255',
  '1.5',
  '-0.25',
  '0.0',
  '2.5',
  '1e21',
  '1e-7',
  '123456.789',
  '100000000.0',
  '3.0e5',
  '97',
  '9731',
  String.raw`"h\u00e9\xff"`,
  '"abc"',
  '""',
  'true',
  'nil',
  '(index .Message 0)',
  '.Labels',
  '(parseJSON `{"a":[1,"x",null,true],"b":{"c":1.5}}`)',
  '(tryParseJSON `{"a":1.50}`).a',
];

/** Actions with printf. What shows addresses is left out. */
export const formats: fc.Arbitrary<string> = fc
  .record({
    sign: fc.constantFrom('', '-', '0', '+', ' ', '#', '-0', '+0', '# ', '0 '),
    width: fc.constantFrom('', '1', '5', '12', '*'),
    precision: fc.constantFrom('', '.', '.0', '.2', '.5', '.12', '.*'),
    verb: fc.constantFrom(...Array.from('vsqdxXbocUtfFeEgGT%zOw')),
    operand: fc.constantFrom(...operands),
    extra: fc.constantFrom('', '', '', '', ' 7'),
  })
  .map(({ sign, width, precision, verb, operand, extra }) => {
    const stars = `${width === '*' ? ' 6' : ''}${precision === '.*' ? ' 3' : ''}`;
    return `{{printf "%${sign}${width}${precision}${verb}|"${stars} ${operand}${extra}}}`;
  });

const elements = [
  '2006',
  '06',
  '01',
  '1',
  'Jan',
  'January',
  '02',
  '2',
  '_2',
  '__2',
  '002',
  '15',
  '3',
  '03',
  '4',
  '04',
  '5',
  '05',
  'PM',
  'pm',
  'MST',
  'Z07:00',
  'Z0700',
  'Z07',
  '-07',
  '-0700',
  '-07:00',
  '-07:00:00',
  'Z070000',
  '.000',
  '.999',
  '.000000000',
  ',00',
  ' ',
  'T',
  ':',
  '-',
  '/',
  'Mon',
  'Monday',
  '_2006',
  'x',
  '_',
  'a',
];

const zones = [
  '',
  'UTC',
  'Asia/Tokyo',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'America/St_Johns',
  'Local',
];

/** Actions with toTimestamp. */
export const layouts: fc.Arbitrary<string> = fc
  .record({
    layout: fc.array(fc.constantFrom(...elements), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    zone: fc.constantFrom(...zones),
  })
  .map(({ layout, zone }) => `{{toTimestamp .Message "${layout}" "${zone}"}}`);
