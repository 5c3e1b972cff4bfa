/** What may be missing of a log of which nothing more will be asked. */
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-options.ts';
import type { StreamNotice } from './stream.ts';

type Gap = StreamNotice & { readonly kind: 'gap' };

/**
 * @param last the last connection, all that it held back given
 * @param from timestamp of the last line that was given, or empty
 * @param unread the log is gone, or there is that of another run in its place
 */
export function lostAtEnd(
  { attempt, end }: { readonly attempt: Attempt; readonly end: AttemptEnd },
  from: string,
  unread: boolean,
): Gap | undefined {
  const gap = (to: string, why: string): Gap => ({ kind: 'gap', from: from === '' ? to : from, to, why });
  // Nothing has come where at least the last lines are known: they were rotated away, with what followed them.
  if (end.kind === 'ended') return attempt.searching ? gap('', 'the log was rotated, or lines were lost') : undefined;
  if (end.kind !== 'cut') return undefined;
  if (attempt.halfStamp !== '') {
    return gap(attempt.halfStamp, 'the connection was cut in the middle of a line, and the log is gone');
  }
  return unread ? gap('', 'the connection was cut, and the log is gone') : undefined;
}
