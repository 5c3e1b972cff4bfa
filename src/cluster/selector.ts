/** Label selectors, of objects (`matchLabels`, `matchExpressions`) and as text, compiled to a predicate. */
import type { V1LabelSelector } from '@kubernetes/client-node';
import { UsageError } from '../errors.ts';
import type { Wire } from './wire.ts';

export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Compiles a LabelSelector. Absent matches nothing, empty matches everything; an unknown operator matches nothing.
 * Semantics: k8s.io/apimachinery `metav1.LabelSelectorAsSelector`; NotIn also matches where the key is missing.
 */
export function compileSelector(selector: Wire<V1LabelSelector> | undefined): LabelMatcher {
  if (!selector) return () => false;
  const checks: LabelMatcher[] = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) =>
      (labels) =>
        labels[key] === value,
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    checks.push((labels) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && (values ?? []).includes(value);
        case 'NotIn':
          return value === undefined || !(values ?? []).includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return false;
      }
    });
  }
  return (labels) => checks.every((check) => check(labels));
}

/**
 * Compiles a label selector as text, in all of kubectl's syntax: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. An empty
 * one matches everything; `!=` and `notin` also match where the key is missing. Semantics: k8s.io/apimachinery
 * `labels.Parse`.
 *
 * @throws UsageError for a text that is no selector
 */
export function parseSelector(text: string): LabelMatcher {
  const words = text.match(tokens) ?? [];
  const read: Reader = { text, words, next: 0 };
  const checks: LabelMatcher[] = [];
  while (read.next < words.length) {
    checks.push(requirement(read));
    const comma = take(read);
    if (comma !== undefined && (comma !== ',' || read.next === words.length)) throw malformed(read);
  }
  return (labels) => checks.every((check) => check(labels));
}

const tokens = /==|!=|[!=<>(),]|[^!=<>(),\s]+/g;

interface Reader {
  readonly text: string;
  readonly words: readonly string[];
  next: number;
}

function take(read: Reader): string | undefined {
  const word = read.words[read.next];
  read.next += 1;
  return word;
}

/** A word that is no symbol, such as a key or a value. */
function takeName(read: Reader): string {
  const word = take(read);
  if (word === undefined || /^[!=<>(),]/.test(word)) throw malformed(read);
  return word;
}

function requirement(read: Reader): LabelMatcher {
  const negated = read.words[read.next] === '!';
  if (negated) read.next += 1;
  const key = takeName(read);
  const following = read.words[read.next];
  if (following === undefined || following === ',') return (labels) => (labels[key] === undefined) === negated;
  if (negated) throw malformed(read);
  const operator = take(read);
  switch (operator) {
    case '=':
    case '==': {
      const wanted = takeValue(read);
      return (labels) => labels[key] === wanted;
    }
    case '!=': {
      const unwanted = takeValue(read);
      return (labels) => labels[key] !== unwanted;
    }
    case 'in':
    case 'notin': {
      const values = takeValues(read);
      // A missing key is in no set.
      return (labels) => (labels[key] !== undefined && values.has(labels[key])) === (operator === 'in');
    }
    case '>':
    case '<':
      return compared(key, operator, takeName(read), read);
    default:
      throw malformed(read);
  }
}

/** Nothing is a value too: `a=` wants the empty string. */
function takeValue(read: Reader): string {
  const following = read.words[read.next];
  return following === undefined || following === ',' ? '' : takeName(read);
}

function takeValues(read: Reader): ReadonlySet<string> {
  if (take(read) !== '(') throw malformed(read);
  const values = new Set<string>();
  // A comma without a value before or after it stands for the empty string, and so do empty parentheses.
  for (let last = ','; ;) {
    const word = take(read);
    if (word === undefined || /^[!=<>(]/.test(word)) throw malformed(read);
    if (word === ')' || word === ',') {
      if (last === ',') values.add('');
      if (word === ')') return values;
    } else if (last !== ',') throw malformed(read);
    else values.add(word);
    last = word;
  }
}

const integer = /^[+-]?\d+$/;

function compared(key: string, operator: '>' | '<', bound: string, read: Reader): LabelMatcher {
  if (!integer.test(bound)) throw malformed(read);
  const limit = BigInt(bound.replace(/^\+/, ''));
  return (labels) => {
    const value = labels[key];
    if (value === undefined || !integer.test(value)) return false;
    const number = BigInt(value.replace(/^\+/, ''));
    return operator === '>' ? number > limit : number < limit;
  };
}

function malformed({ text }: Reader): UsageError {
  return new UsageError([`${JSON.stringify(text)} is not a label selector`], {
    hint: 'write one as for kubectl -l: app=web,tier!=cache',
  });
}
