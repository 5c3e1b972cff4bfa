/** What an answer that is no yet means: what to tell, and how long to wait before asking again. */
import type { Backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Budget } from '../cluster/budget.ts';
import type { RemovalOutcome } from '../cluster/cluster.ts';
import { podName } from '../cluster/pod.ts';
import { counted } from '../report/counting.ts';
import type { BlockReason, PodId } from '../report/events.ts';

/** kubectl's pause between two tries of a refused eviction. */
export const budgetRetryMs = 5000;
/** Webhooks that say no while they move the workload themselves need time. */
const deniedRetryMs = 10_000;
/** How long passing errors of one pod are put up with before it is given up. */
const transientBudgetMs = 120_000;

export interface Block {
  readonly reason: BlockReason;
  readonly message: string;
  readonly retryInMs: number;
  readonly budget?: string | undefined;
  readonly needs?: number | undefined;
  readonly has?: number | undefined;
}

type Retryable = Exclude<RemovalOutcome, { readonly kind: 'accepted' | 'gone' | 'fatal' | 'blocked-config' }>;

/** Where the queue of a budget decides about the next try, `retryInMs` is only its usual pause: the queue knows better. */
export function blockOf(outcome: Retryable, { namespace }: PodId, backoff: Backoff): Block {
  const { message } = outcome;
  switch (outcome.kind) {
    case 'blocked-budget': {
      const { budget, needs, has } = outcome;
      const numbered = budget !== undefined && needs !== undefined;
      return {
        reason: 'budget',
        message: numbered
          ? `budget ${namespace}/${budget} needs ${counted(needs, 'healthy pod')} and has ${has}`
          : message,
        budget,
        needs,
        has,
        retryInMs: budgetRetryMs,
      };
    }
    case 'settling':
      return { reason: 'settling', message, retryInMs: outcome.retryAfterMs };
    case 'throttled':
      return { reason: 'throttled', message, retryInMs: Math.max(outcome.retryAfterMs, backoff.nextMs()) };
    case 'namespace-terminating':
      return { reason: 'namespace-terminating', message, retryInMs: budgetRetryMs };
    case 'denied':
      return { reason: 'webhook', message, retryInMs: deniedRetryMs };
    case 'identity-changed':
      // The next turn looks again: the pod is gone, or it was only the server's view that lagged.
      return { reason: 'transient', message, retryInMs: 200 };
    case 'transient':
      return { reason: 'transient', message, retryInMs: Math.max(outcome.retryAfterMs ?? 0, backoff.nextMs()) };
  }
}

/** Why a pod waits in the queue of a budget that it has not asked yet. */
export function queueBlock(budget: Budget): Block {
  const { name, desiredHealthy: needs, currentHealthy: has, settled } = budget;
  if (!settled) {
    const message = `budget ${podName(budget)} is still being computed by the server`;
    return { reason: 'settling', message, budget: name, retryInMs: budgetRetryMs };
  }
  const message = `budget ${podName(budget)} needs ${counted(needs, 'healthy pod')} and has ${has}`;
  return { reason: 'budget', message, budget: name, needs, has, retryInMs: budgetRetryMs };
}

/** Counts how long a pod has met nothing but passing errors. */
export class TransientFailures {
  readonly #clock: Clock;
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  reset(): void {
    this.#sinceMs = undefined;
  }

  exhausted(): boolean {
    this.#sinceMs ??= this.#clock.monotonic();
    return this.#clock.monotonic() - this.#sinceMs > transientBudgetMs;
  }
}
