/** The time zone that timestamps are printed in. */
import { offsetReader, type OffsetAt } from '../template/zone-offset.ts';

export interface Zone {
  /** Minutes to add to UTC, for a moment in milliseconds since the epoch. */
  readonly offsetAt: (epochMs: number) => number;
}

const utc: Zone = { offsetAt: () => 0 };

/** An IANA name, `Local` for the machine's own zone, `UTC`; empty counts as UTC, as in Go. */
export function compileZone(name: string): { readonly value: Zone } | { readonly problem: string } {
  if (name === '' || name === 'UTC') return { value: utc };
  if (name === 'Local') return { value: local() };
  const offsetAt = offsetReader(name);
  if (offsetAt) return { value: zoneOf(offsetAt) };
  return { problem: `unknown time zone ${JSON.stringify(name)}: give a name such as Europe/Berlin, or UTC, or Local` };
}

/** Asked for by every run without `--timezone`, used by few; to make one takes the runtime tens of milliseconds. */
function local(): Zone {
  let zone: Zone | undefined;
  return {
    offsetAt: (epochMs) => {
      if (zone === undefined) {
        const offsetAt = offsetReader(undefined);
        zone = offsetAt ? zoneOf(offsetAt) : utc;
      }
      return zone.offsetAt(epochMs);
    },
  };
}

function zoneOf(offsetAt: OffsetAt): Zone {
  return { offsetAt: (epochMs) => Math.trunc(offsetAt(epochMs / 1000) / 60) };
}
