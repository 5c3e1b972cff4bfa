/** The row of an event, of both APIs' making. */
import type { CoreV1Event } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import { since } from './format.ts';
import { columns, type Printer } from './printer.ts';

/** Follows `printEvent` in pkg/printers/internalversion/printers.go. */
export const eventPrinter: Printer = {
  columns: columns('Last Seen, Type, Reason, Object, Subobject*, Source*, Message, First Seen*, Count*, Name*'),
  cells(object, nowMs) {
    const event = object as unknown as Wire<CoreV1Event>;
    const { involvedObject: involved, source, series } = event;
    const first = since(event.firstTimestamp ?? event.eventTime, nowMs);
    const last = series
      ? since(series.lastObservedTime, nowMs)
      : event.lastTimestamp == null
        ? first
        : since(event.lastTimestamp, nowMs);
    const kind = (involved.kind ?? '').toLowerCase();
    const component = nonEmpty(source?.component, event.reportingComponent);
    const instance = nonEmpty(source?.host, event.reportingInstance);
    return [
      last,
      event.type ?? '',
      event.reason ?? '',
      nonEmpty(involved.name) === '' ? kind : `${kind}/${involved.name ?? ''}`,
      involved.fieldPath ?? '',
      instance === '' ? component : `${component}, ${instance}`,
      (event.message ?? '').trim(),
      first,
      series?.count ?? Math.max(event.count ?? 0, 1),
      object.metadata.name,
    ];
  },
};

function nonEmpty(...texts: readonly (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && text !== '') ?? '';
}
