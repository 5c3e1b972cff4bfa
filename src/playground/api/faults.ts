/** Faults on command: what a test or `--chaos` does to an answer, instead of or on the way of the proper one. */
import type { Answer, ApiRequest } from './handler.ts';

/** How a connection ends before its time. */
export type Ending =
  /** The answer ends as if it were complete. */
  | 'end'
  /** The connection is broken. */
  | 'reset'
  /** Nothing more comes, and nobody says so: the network has gone. */
  | 'half-open';

export type Fault =
  /** Another answer than the proper one; the request is not carried out. */
  | { readonly kind: 'answer'; readonly answer: Answer; readonly delayMs?: number }
  /** The proper answer, later. The request is carried out after the delay. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** No answer at all, and the request is not carried out. */
  | { readonly kind: 'refuse'; readonly ending: 'reset' | 'half-open'; readonly delayMs?: number }
  /** The request is carried out, but the answer gets lost on its way. */
  | { readonly kind: 'lose'; readonly ending: 'reset' | 'half-open' }
  /** The proper answer, cut after so many bytes of its body, or so long after it began. For watches and logs. */
  | {
      readonly kind: 'cut';
      readonly ending: Ending;
      readonly afterBytes?: number;
      readonly afterMs?: number;
    };

/** Asked about each request before it is carried out; undefined lets it pass. Sees all of them: an audit, too. */
export type Intercept = (request: ApiRequest) => Fault | undefined;
