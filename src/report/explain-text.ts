/** An explanation as text: the verdict, its reasons, the numbers, the pods, and what would help. */
import type { Explanation, ExplanationVerdict } from '../drain/explain.ts';
import { harmlessValue, indented } from './harmless.ts';
import type { Style } from './style.ts';
import { tableLines } from './table.ts';

/** How a verdict reads after the name, and whether it is good news. */
const verdictWords: Record<ExplanationVerdict, readonly [words: string, tone: 'good' | 'bad' | 'warn' | 'strong']> = {
  'may-go': ['may go', 'good'],
  blocked: ['blocked', 'bad'],
  never: ['blocked for good', 'bad'],
  settling: ['not computed yet', 'warn'],
  'several-budgets': ['blocked by an overlap of budgets', 'bad'],
  terminating: ['terminating', 'warn'],
  finished: ['finished', 'good'],
  'left-alone': ['left alone by drains', 'strong'],
  unknown: ['not known', 'warn'],
};

/** So many pods are shown; the unhealthy ones come first. */
const maxPods = 20;

/** Lines, each ending in a line feed. */
export function renderExplanation(unsafe: Explanation, style: Style): string {
  const explanation = harmlessValue(unsafe);
  const { kind, namespace, name, verdict, sentences, arithmetic, pods, fixes } = explanation;
  const [words, tone] = verdictWords[verdict];
  const sections = [
    [
      `${style.strong(`${kind} ${namespace}/${name}`)}: ${style[tone](words)}`,
      ...sentences.map((sentence) => `  ${indented(sentence, '    ')}`),
    ],
    titled('numbers:', arithmetic, style),
    podLines(pods, style),
    titled('what would help:', fixes, style),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function titled(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : [style.strong(title), ...lines.map((line) => `  ${indented(line, '    ')}`)];
}

function podLines(pods: Explanation['pods'], style: Style): readonly string[] {
  if (pods.length === 0) return [];
  const shown = pods.slice(0, maxPods);
  const rows = shown.map(({ namespace, name, node, state }) => [
    `  ${namespace}/${name}`,
    node === '' ? '<none>' : node,
    indented(state, '    '),
  ]);
  const more = pods.length - shown.length;
  return [
    style.strong('pods that the budget covers:'),
    ...tableLines(['  POD', 'NODE', 'STATE'], rows),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
