/** How far a time zone is from UTC at a given moment. */

export interface Zone {
  /** Minutes to add to UTC, for a moment in milliseconds since the epoch. */
  readonly offsetAt: (epochMs: number) => number;
}

export const utc: Zone = { offsetAt: () => 0 };

/** An IANA name, `Local` for the machine's own zone, `UTC`; empty counts as UTC, as in Go. */
export function compileZone(name: string): { readonly value: Zone } | { readonly problem: string } {
  if (name === '' || name === 'UTC') return { value: utc };
  // Newer versions of Node take offsets for names; Go does not.
  if (/^[+\-/\\]|\.\./.test(name)) return { problem: unknown(name) };
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name === 'Local' ? undefined : name,
      timeZoneName: 'longOffset',
    });
    if (format.resolvedOptions().timeZone === 'UTC') return { value: utc };
    return { value: { offsetAt: remembered((epochMs) => readOffset(format, epochMs)) } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: unknown(name) };
  }
}

function unknown(name: string): string {
  return `unknown time zone ${JSON.stringify(name)}: give a name such as Europe/Berlin, or UTC, or Local`;
}

function readOffset(format: Intl.DateTimeFormat, epochMs: number): number {
  const text = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  const distance = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -distance : distance;
}

// No zone has ever changed its offset within a quarter of an hour that begins with one.
const slotMs = 15 * 60_000;
// Ten weeks of slots; a log that goes further back only asks again.
const mostSlots = 7_000;

function remembered(offsetAt: Zone['offsetAt']): Zone['offsetAt'] {
  const slots = new Map<number, number>();
  return (epochMs) => {
    const slot = Math.floor(epochMs / slotMs);
    let offset = slots.get(slot);
    if (offset === undefined) {
      if (slots.size >= mostSlots) slots.clear();
      offset = offsetAt(slot * slotMs);
      slots.set(slot, offset);
    }
    return offset;
  };
}
