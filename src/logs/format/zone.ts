/** The time zone that timestamps are printed in. */
import { offsetReader } from '../template/zone-offset.ts';

export interface Zone {
  /** Minutes to add to UTC, for a moment in milliseconds since the epoch. */
  readonly offsetAt: (epochMs: number) => number;
}

const utc: Zone = { offsetAt: () => 0 };

/** An IANA name, `Local` for the machine's own zone, `UTC`; empty counts as UTC, as in Go. */
export function compileZone(name: string): { readonly value: Zone } | { readonly problem: string } {
  if (name === '' || name === 'UTC') return { value: utc };
  const offsetAt = offsetReader(name === 'Local' ? undefined : name);
  if (offsetAt) return { value: { offsetAt: (epochMs) => Math.trunc(offsetAt(epochMs / 1000) / 60) } };
  return { problem: `unknown time zone ${JSON.stringify(name)}: give a name such as Europe/Berlin, or UTC, or Local` };
}
