/** What a query is read as, in every mode. */
import { describe, expect, it } from 'vitest';
import { compileGoRegexp } from '../../../src/logs/regexp/go-regexp.ts';
import { parseOwnerName, parseQuery, type MatchMode, type Source } from '../../../src/logs/selection/query.ts';
import { compileRegexp } from './pods.ts';

const names = ['app1', 'app10', 'my-app2', 'web-1', 'web-10', 'web.a'];

/** In words: the kind, where, the names among `names` that pass. */
function read(text: string, match: MatchMode): readonly string[] | string {
  const parsed = parseQuery(text, match, compileRegexp);
  return 'problem' in parsed ? parsed.problem : parsed.value.map(inWords);
}

function inWords(source: Source): string {
  if (source.kind === 'nodes') return source.labelSelector;
  const where = source.namespace === undefined ? '' : `${source.namespace}:`;
  const what = source.kind === 'pods' ? names.filter(source.test).join(' ') : `${source.owner} ${source.name}`;
  const exact = (source.kind === 'pods' ? source.exactName !== undefined : source.exact) ? '!' : '';
  return `${where}${what}${exact}${source.container ? ' with containers' : ''}`;
}

describe('parseQuery', () => {
  it.each([
    ['regex', 'app', ['app1 app10 my-app2']],
    ['regex', '^app', ['app1 app10']],
    ['regex', 'app1,app2', ['app1 app10 my-app2']],
    ['regex', '(?i)WEB-,APP2$', ['my-app2 web-1 web-10']],
    ['regex', 'web-10{0,0}$', ['web-1']],
    ['regex', 'deploy/web', ['Deployment web!']],
    ['regex', 'Deployments/web, sts/db ,app2', ['my-app2', 'Deployment web!', 'StatefulSet db!']],
    ['regex', 'pod/web-1', ['web-1!']],
    ['regex', 'pod/web-1.*', ['web-1 web-10']],
    ['regex', 'po/web|app', ['']],
    ['regex', 'node/n1.example', ['Node n1.example!']],
    ['substring', 'pp1,.', ['app1 app10 web.a']],
    ['substring', 'cj/nightly', ['CronJob nightly!']],
    ['exact', 'app1', ['app1!']],
    ['exact', 'app1,web-1', ['app1 web-1']],
    ['exact', 'pod/app1', ['app1!']],
    ['glob', 'app*', ['app1 app10']],
    ['glob', 'app1', ['app1!']],
    ['glob', 'web-1,*app*', ['web-1!', 'app1 app10 my-app2']],
    ['glob', 'shop:deploy/web', ['shop:Deployment web!']],
    ['glob', 'deploy/web-*/side*', ['Deployment web-* with containers']],
    ['glob', 'web-1/app', ['web-1! with containers']],
    ['glob', 'a:job/b/c', ['a:Job b! with containers']],
  ] as const)('%s %s', (match, text, expected) => expect(read(text, match)).toEqual(expected));

  it.each([
    ['regex', '', 'names nothing'],
    ['regex', ',', 'names nothing'],
    ['regex', '(', 'Invalid regular expression'],
    ['regex', 'deplyo/web', 'did you mean deploy?'],
    ['regex', 'a/b/c', 'is no kind'],
    ['regex', 'deploy/a/b', 'not of the form kind/name'],
    ['regex', 'deploy/', 'not of the form kind/name'],
    ['regex', 'deploy/web.*', 'cannot be a name'],
    ['regex', 'pod/(', 'Invalid regular expression'],
    ['substring', 'pod/web.*', 'cannot be a name'],
    ['exact', 'App', 'cannot be a name'],
    ['glob', 'a:b:c', 'not of the form'],
    ['glob', '*:web', 'not of the form'],
    ['glob', 'deploy/', 'not of the form'],
    ['glob', 'web/', 'not of the form'],
    ['glob', 'foo/a/b', 'is no kind'],
    ['glob', 'deploy/a/b/c', 'not of the form'],
  ] as const)('%s %j is refused: %s', (match, text, problem) => expect(read(text, match)).toContain(problem));
});

it("takes Go's own expressions, whole lists of them", () => {
  const parsed = parseQuery(String.raw`(?i)^WEB-\d,\QAPP2\E`, 'regex', compileGoRegexp);
  expect('value' in parsed && parsed.value.map(inWords)).toEqual(['my-app2 web-1 web-10']);
  const refused = parseQuery('web,(?=x)', 'regex', compileGoRegexp);
  expect('problem' in refused && refused.problem).toContain('no regular expression of Go');
});

describe('parseOwnerName', () => {
  it.each([
    ['Service', 'web', 'Service web!'],
    ['Service', 'shop/web', 'shop:Service web!'],
    ['Pod', 'shop/web-1', 'shop:web-1!'],
    ['Node', 'n1', 'Node n1!'],
  ] as const)('%s %s', (kind, text, expected) => {
    const parsed = parseOwnerName(kind, text);
    expect('value' in parsed && inWords(parsed.value)).toBe(expected);
  });

  it.each([
    ['Service', 'a/b/c'],
    ['Service', ''],
    ['Service', '/a'],
    ['Service', 'a*'],
    ['Node', 'shop/n1'],
  ] as const)('%s %j is refused', (kind, text) => expect(parseOwnerName(kind, text)).toHaveProperty('problem'));
});
