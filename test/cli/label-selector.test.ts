/** Selectors that the server would refuse are refused before anything is sent, and no others. */
import { describe, expect, it } from 'vitest';
import { checkLabelSelector, selectorProblem } from '../../src/cli/label-selector.ts';

const long = 'a'.repeat(63);

describe('checkLabelSelector', () => {
  // The first block is from k8s.io/apimachinery's own TestSelectorParse and TestSetSelectorParser.
  it.each([
    'x=a,y=b,z=c',
    '',
    'x!=a,y=b',
    'x=',
    'x= ',
    'x=,z= ',
    'x= ,z= ',
    '!x',
    'x>1',
    'x>1,z<5',
    '\rx',
    'this-is-a-dns.domain.com/key-with-dash',
    'this-is-another-dns.domain.com/key-with-dash in (so,what)',
    '0.1.2.domain/99 notin (10.10.100.1, tick.tack.clock)',
    'foo  in\t (abc)',
    'x notin\n (abc)',
    'x  notin\t (abc,def)',
    'x in (abc,def)',
    'x in (abc,)',
    'x in ()',
    'x notin (abc,,def),bar,z in (),w',
    'x,y in (a)',
    'x=a',
    'x==a',
    'x!=a',
    ' ',
    `${long}=${long}`,
    'in in (in,notin)',
    'notin=in',
  ])('takes %j', (selector) => {
    expect(checkLabelSelector(selector)).toBeUndefined();
  });

  it.each([
    ['x=a||y=b', 2, /label value/],
    ['x==a==b', 4, /found "=="/],
    ['!x=a', 2, /found "="/],
    ['x<a', 2, /whole number/],
    ['x>+5', 2, /label value/],
    ['x>', 2, /found the end, expected a whole number/],
    ['x=a,', 4, /found the end, expected a label key/],
    [',x', 0, /found ",", expected a label key/],
    ['x a', 2, /found "a", expected one of/],
    ['x in a', 5, /opening parenthesis/],
    ['x in (a', 7, /found the end/],
    ['x in (a b)', 8, /found "b", expected a comma or a closing/],
    ['x in (a))', 8, /expected a comma or the end/],
    ['!', 1, /expected a label key/],
    ['!!x', 1, /expected a label key/],
    ['!x in (a)', 3, /after !key/],
    ['x=!a', 2, /found "!"/],
    ['x=a b', 4, /found "b"/],
    ['-x=a', 0, /label key/],
    ['a/b/c=d', 0, /label key/],
    ['UPPER.dns/x', 0, /label key/],
    ['/x', 0, /label key/],
    [`${long}a=b`, 0, /label key/],
    [`a=${long}b`, 2, /label value/],
    ['x in (a_)', 6, /label value/],
    ['näme=x', 0, /label key/],
  ])('refuses %j at %d', (selector, position, message) => {
    expect(checkLabelSelector(selector)).toEqual({ position, message: expect.stringMatching(message) as unknown });
  });

  it('says where, counting from one', () => {
    expect(selectorProblem('x==a==b')).toBe(
      '"x==a==b" is not a label selector: found "==", expected a comma or the end at character 5',
    );
  });
});
