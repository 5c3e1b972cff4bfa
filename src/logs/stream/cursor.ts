/** Where a reading stands: which lines were given last, and from when on to ask for more. */
import type { ByteString } from '../line.ts';
import { isLater, secondOf, stampOf, stampOfSecond } from './stamp.ts';

/** Lines of stdout and stderr may stand in the log in another order than that of their timestamps. */
const disorderSeconds = 2;

export interface Cursor {
  /** From when on to read again, in whole seconds, which is all that kubelets go by. */
  readonly sinceTime: string;
  /** The lines since then that were given, without line feeds, as far as they are remembered; never empty. */
  readonly lines: readonly ByteString[];
  /** The greatest of their timestamps. */
  readonly latest: string;
  /** The last of their timestamps. */
  readonly last: string;
}

/**
 * Reads it off the lines that were given last. Every line from `sinceTime` on comes again, so it may be older than
 * anything that is remembered, but not younger.
 *
 * @returns undefined where no line has a timestamp
 */
export function cursorOf(recent: Buffer): Cursor | undefined {
  const lines = recent.toString('latin1').split('\n').slice(0, -1);
  const stamps = lines.map(stampOf);
  let latest = '';
  let last = '';
  for (const stamp of stamps) {
    if (stamp === '') continue;
    last = stamp;
    if (latest === '' || isLater(stamp, latest)) latest = stamp;
  }
  if (latest === '' || Number.isNaN(secondOf(latest))) return undefined;
  const since = secondOf(latest) - disorderSeconds;
  let kept = false;
  const again = lines.filter((_, index) => {
    const stamp = stamps[index] ?? '';
    // A line without one belongs to the line before it.
    if (stamp !== '') kept = secondOf(stamp) >= since;
    return kept;
  });
  return { sinceTime: stampOfSecond(since), lines: again, latest, last };
}
