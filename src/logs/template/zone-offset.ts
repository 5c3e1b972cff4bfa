/** How far a time zone is from UTC at a given moment, by what the runtime knows of it. */

/** Seconds east of Greenwich, for seconds since the epoch. */
export type OffsetAt = (seconds: number) => number;

/** Zones change their offset at whole quarters of an hour; this long one answer holds. */
export const quarterSeconds = 900;
// Ten weeks of quarters; a log that goes further back only asks again.
const mostQuarters = 7_000;

/**
 * @param name of the time zone database; undefined: the machine's own zone
 * @returns undefined for a zone that does not exist
 */
export function offsetReader(name: string | undefined): OffsetAt | undefined {
  // Newer versions of Node take offsets for names; Go does not, nor does it leave its folder of zones.
  if (name !== undefined && /^[+\-/\\]|\.\./.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return remembered((seconds) => parseOffset(zoneNameIn(format, seconds)));
}

/** What the format calls the zone at that moment. */
export function zoneNameIn(format: Intl.DateTimeFormat, seconds: number): string {
  return format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `GMT+05:30` in seconds. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes = '0', seconds = '0'] = /([+-])(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text) ?? [];
  if (hours === undefined) return 0;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -size : size;
}

function remembered(offsetAt: OffsetAt): OffsetAt {
  const quarters = new Map<number, number>();
  return (seconds) => {
    const quarter = Math.floor(seconds / quarterSeconds);
    let offset = quarters.get(quarter);
    if (offset === undefined) {
      if (quarters.size >= mostQuarters) quarters.clear();
      offset = offsetAt(quarter * quarterSeconds);
      quarters.set(quarter, offset);
    }
    return offset;
  };
}
