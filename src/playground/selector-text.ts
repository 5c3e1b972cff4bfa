/** Writes a label selector of a workload as the text that goes into a query. */
import type { ResourceType } from './objects.ts';

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** `app=web,tier in (a,b)`; a ReplicationController's selector is a plain map. Sorted by key, as Go does. */
export function selectorText(type: ResourceType, selector: unknown): string {
  const { matchLabels = {}, matchExpressions = [] } = asLabelSelector(type, selector);
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({ key, text: termText(key, operator, values) })),
  ];
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}

function asLabelSelector(type: ResourceType, selector: unknown): LabelSelector {
  if (type.kind !== 'ReplicationController') return selector ?? {};
  return { matchLabels: (selector ?? {}) as Readonly<Record<string, string>> };
}

function termText(key: string, operator: string, values: readonly string[]): string {
  const list = [...values].sort().join(',');
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}
