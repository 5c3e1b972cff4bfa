/** Decides what comes after an answer to a query for a journal. */

/** The kubelet ends every answer after 30 s, in good order and wherever it stands. */
export const cutAfterMs = 29_000;

/** How an answer ended: with all that there was, by the kubelet's time limit, or with its connection. */
export type AnswerEnd = 'whole' | 'cut' | 'broken';

/** `closed`: the end of the body was seen. */
export function endOf(closed: boolean, wholeLine: boolean, tookMs: number): AnswerEnd {
  if (tookMs >= cutAfterMs) return 'cut';
  return closed && wholeLine ? 'whole' : 'broken';
}

export interface AnswerFacts {
  readonly end: AnswerEnd;
  /** It had lines that no answer before it had. */
  readonly fresh: boolean;
  readonly follow: boolean;
  /** The moment of `--until` was over when it was asked for. */
  readonly untilPassed: boolean;
  /** Answers and refusals in a row that brought nothing, with this one. */
  readonly failures: number;
}

export type Next =
  | { readonly kind: 'end' }
  /** Ask for the rest at once. */
  | { readonly kind: 'on' }
  /** Ask again after the usual pause. */
  | { readonly kind: 'poll' }
  /** Ask again after a pause that grows. */
  | { readonly kind: 'retry' }
  /** The same question would have the same answer. */
  | { readonly kind: 'stuck' };

/** Without `--follow` so many failures in a row are the end. */
export const mostFailures = 5;

export function nextAfter({ end, fresh, follow, untilPassed, failures }: AnswerFacts): Next {
  if (end === 'whole') return { kind: follow && !untilPassed ? 'poll' : 'end' };
  if (fresh) return { kind: 'on' };
  if (follow) return { kind: end === 'cut' ? 'poll' : 'retry' };
  return { kind: end === 'cut' || failures >= mostFailures ? 'stuck' : 'retry' };
}
