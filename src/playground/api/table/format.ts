/** Words and numbers as they stand in the cells of kubectl's tables. */
import type { V1Container, V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import type { KubeObject } from '../../objects.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** How long ago, or `<unknown>`: `translateTimestampSince` in pkg/printers/internalversion. */
export function since(timestamp: string | undefined | null, nowMs: number): string {
  return timestamp == null ? '<unknown>' : humanDuration(nowMs - Date.parse(timestamp));
}

/** The object's age. */
export function age({ metadata }: KubeObject, nowMs: number): string {
  return since(metadata.creationTimestamp, nowMs);
}

/** A duration in two units at most, the coarser the longer: apimachinery's `duration.HumanDuration`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / secondMs);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${String(seconds)}s`;
  const minutes = Math.trunc(ms / minuteMs);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${String(minutes)}m`;
  const hours = Math.trunc(ms / hourMs);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${String(hours)}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return two(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${String(days)}d`;
  const years = Math.trunc(days / 365);
  return days < 365 * 8 ? two(years, 'y', days % 365, 'd') : `${String(years)}y`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${String(large)}${largeUnit}` : `${String(large)}${largeUnit}${String(small)}${smallUnit}`;
}

/** `labels.FormatLabels`. */
export function labels(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.toSorted().join(',');
}

/** `metav1.FormatLabelSelector`: requirements sorted by key, `<none>` when there are none. */
export function selector(value: Wire<V1LabelSelector> | undefined): string {
  const requirements = [
    ...Object.entries(value?.matchLabels ?? {}).map(([key, text]) => ({ key, text: `${key}=${text}` })),
    ...(value?.matchExpressions ?? []).map((expression) => ({ key: expression.key, text: requirement(expression) })),
  ];
  const texts = requirements.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ text }) => text);
  return texts.length === 0 ? '<none>' : texts.join(',');
}

function requirement({ key, operator, values = [] }: Wire<V1LabelSelectorRequirement>): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator.toLowerCase()} (${values.toSorted().join(',')})`;
}

/** Names and images of containers: `layoutContainerCells`. */
export function containers(list: readonly Wire<V1Container>[] | undefined): readonly [names: string, images: string] {
  const all = list ?? [];
  return [all.map(({ name }) => name).join(','), all.map(({ image }) => image ?? '').join(',')];
}

/** The first three, and how many more there are; `listWithMoreString`. */
export function atMostThree(list: readonly string[], none: string): string {
  const more = list.length > 3 ? ` + ${String(list.length - 3)} more...` : '';
  return list.length === 0 ? none : `${list.slice(0, 3).join(',')}${more}`;
}

/** Access modes in kubectl's abbreviations, in its order. */
export function accessModes(modes: readonly string[] | undefined): string {
  return modeNames
    .filter(([mode]) => modes?.includes(mode) === true)
    .map(([, short]) => short)
    .join(',');
}

const modeNames = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;
