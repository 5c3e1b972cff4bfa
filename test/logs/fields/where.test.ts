/** The language of `--where`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWhere } from '../../../src/logs/fields/where.ts';
import type { Fields } from '../../../src/logs/fields/field-path.ts';

const fields: Fields = {
  level: 'warning',
  msg: 'slow request',
  req: { status: 503, method: 'GET', path: '/healthz', id: null },
  latency: '250ms',
  took: 0.25,
  size: '1e3',
  ok: true,
  cached: 'false',
  'log.origin': 'a.go',
  labels: { 'app.kubernetes.io/name': 'web' },
  tags: ['x', 'y'],
  time: '2026-11-21T10:00:00Z',
  quote: 'say "hi"',
  lvl: 'error',
  grade: 'c',
  notes: '',
};

function holds(text: string, of: Fields = fields): boolean {
  const compiled = compileWhere(text);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled.value(of);
}

describe('compileWhere', () => {
  it.each([
    'level>=warn and req.status>=500',
    'level = warn',
    'level == WARN',
    'level != error',
    'level in (warn, error)',
    'level not in (info)',
    'level < error',
    'level >= "info"',
    'lvl > warn',
    'level = "warning"',
    'req.status = 503',
    'req.status = "503"',
    'req.status=503&&ok=true',
    'req.status in (500, 503)',
    'req.status != 500',
    'req.status > 502.5',
    'req.status>-1',
    'size = 1000',
    'req.method = GET',
    "req.method = 'GET'",
    'req.method != POST',
    'req.path = /healthz',
    'req.path =~ ^/health',
    'req.path =~ "^/(health|ready)z$"',
    'req.path !~ "\\\\d"',
    'req.path !~ "\\d"',
    'req.status =~ 5..',
    'msg =~ "(?i)SLOW"',
    'latency > 200ms',
    'latency <= 0.25s',
    'latency < 1m1s',
    'ok = true',
    'ok != false',
    'cached = false',
    'req.id = null',
    'req.status != null',
    'exists(req.id)',
    'exists(req)',
    'not exists(req.nothing)',
    '!exists(nothing)',
    'log.origin = a.go',
    'labels["app.kubernetes.io/name"] = web',
    "labels['app.kubernetes.io/name'] = web",
    'tags[0] = x',
    'tags.1 = y',
    'time > 2026-11-21T09',
    'quote = "say \\"hi\\""',
    'notes = ""',
    'grade >= c',
    'exists(nothing) or ok=true',
    'ok=true or ok=true and ok=false',
    'not ok=false and ok=true',
    'not (ok=true and ok=false)',
    '((ok=true))',
    'not not ok=true',
    'nothing=1 || ok=true',
  ])('%s', (text) => expect(holds(text)).toBe(true));

  it.each([
    'level>=error',
    'level = info',
    'level = "warn"',
    'level > "warn"',
    'req.status < 500',
    'req.status = 50',
    'msg > 5',
    'took > 200ms',
    'latency > 1',
    'req = 1',
    'tags = x',
    'req.id > 0',
    'req.id in (1, 2)',
    '(ok=true or ok=true) and ok=false',
    'ok=false and ok=true or ok=false',
    'not (ok=true)',
    'grade > c',
    'req =~ status',
    'exists(constructor)',
    // Of what is not there, nothing holds.
    'nothing = 1',
    'nothing != 1',
    'nothing != null',
    'nothing = null',
    'nothing < 1',
    'nothing !~ a',
    'nothing not in (1)',
    'exists(nothing)',
  ])('not %s', (text) => expect(holds(text)).toBe(false));

  it('compares levels only where the line says one', () => {
    expect(holds('level<error', { msg: 'x' })).toBe(false);
    expect(holds('level<error', { severity: 'DEBUG' })).toBe(true);
    expect(holds('level=info', { level: 30 })).toBe(true);
    expect(holds('level=30', { level: 30 })).toBe(true);
  });

  it.each<[string, number, RegExp]>([
    ['', 1, /expected the name of a field before the end/],
    ['a', 2, /expected a comparison such as = or >= before the end/],
    ['a =', 4, /expected something to compare with before the end/],
    ['a = )', 5, /compare with before "\)"/],
    ['a = 1 b = 2', 7, /expected and, or or the end before "b"/],
    ['(a = 1', 7, /expected \) before the end/],
    ['a = "b', 5, /a quote is not closed/],
    ['5 = a', 1, /expected the name of a field before "5"/],
    ['a in 1', 6, /expected \( before "1"/],
    ['a in (1 2)', 9, /expected \) before "2"/],
    ['exists(a', 9, /expected \) before the end/],
    ['a =~ "("', 6, /"\(" is no regular expression of Go: missing closing \)/],
    ['a & b', 3, /"&" begins nothing/],
    ['a = 1 and', 10, /expected the name of a field/],
    ['"a" = 1', 1, /expected the name of a field before "\\"a\\""/],
  ])('says where %j is wrong', (text, column, reason) => {
    const compiled = compileWhere(text);
    const problem = 'problem' in compiled ? compiled.problem : '';
    expect(problem).toMatch(reason);
    expect(problem.startsWith(`${JSON.stringify(text)}, column ${column}: `)).toBe(true);
  });

  it('refuses what is nested without end', () => {
    for (const text of [`${'('.repeat(5000)}a=1${')'.repeat(5000)}`, `${'not '.repeat(5000)}a=1`]) {
      expect(compileWhere(text)).toEqual({ problem: expect.stringMatching(/is nested too deeply/) as string });
    }
  });

  it('agrees with the truth table of and, or, not', () => {
    type Expression = { readonly text: string; readonly truth: boolean };
    const { expression } = fc.letrec<{ expression: Expression; atom: Expression }>((tie) => ({
      atom: fc.boolean().map((truth) => ({ text: truth ? 'ok=true' : 'ok=false', truth })),
      expression: fc.oneof(
        { maxDepth: 5 },
        tie('atom'),
        tie('expression').map(({ text, truth }) => ({ text: `not (${text})`, truth: !truth })),
        fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => ({
          text: `(${left.text}) and (${right.text})`,
          truth: left.truth && right.truth,
        })),
        fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => ({
          text: `${left.text} or ${right.text}`,
          truth: left.truth || right.truth,
        })),
      ),
    }));
    fc.assert(
      fc.property(expression, ({ text, truth }) => {
        expect(holds(text)).toBe(truth);
      }),
    );
  });

  it('never throws', () => {
    const token = fc.constantFrom(
      'a',
      '=',
      '"b"',
      '(',
      ')',
      'and',
      'or',
      'not',
      'in',
      ',',
      '1',
      '5ms',
      'exists',
      '=~',
      '.',
      '[',
      '"',
    );
    fc.assert(
      fc.property(
        fc.array(token).map((all) => all.join(' ')),
        (text) => {
          const compiled = compileWhere(text);
          expect('value' in compiled || compiled.problem.includes('column')).toBe(true);
        },
      ),
    );
  });
});
