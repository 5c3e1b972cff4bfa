/** What the server's answer to an eviction or a deletion means. */
import type { ClusterError } from '../errors.ts';
import { explanationOf, retryAfterMs, statusOf, type Answer, type Status } from './answer.ts';
import type { RemovalOutcome } from './cluster.ts';

// Texts of Kubernetes 1.30–1.36, where the server gives no machine-readable reason:
// pkg/registry/core/pod/storage/eviction.go, apiserver's admission plugins, registry/rest/delete.go and storage/errors.go.
const webhookDenial = /admission webhook "([^"]+)" denied the request/;
const policyDenial = /ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request/;
const severalBudgets = /more than one PodDisruptionBudget/;
const budgetNumbers = /The disruption budget (\S+) needs (\d+) healthy pods and has (\d+) currently/;
const budgetName = /(?:The disruption budget|PodDisruptionBudget) "?([a-z0-9][-.a-z0-9]*)"?/;
const stillProcessed = /still being processed by the server/;
const budgetConflicts = /couldn't update PodDisruptionBudget .* due to conflicts/;
const uidPrecondition = /UID in (?:the )?precondition/i;

const settleMs = 10_000;
const throttleMs = 1_000;

/** Classifies an answer; see RemovalOutcome for what each kind asks of the caller. */
export function classifyRemoval(answer: Answer): RemovalOutcome {
  const { status: code, body } = answer;
  if (code >= 200 && code < 300) return { kind: 'accepted' };
  const status = statusOf(body);
  const message = messageOf(answer, status);

  // A webhook may deny with any status, a budget's 429 and a missing pod's 404 among them.
  const denial = (webhookDenial.exec(message) ?? policyDenial.exec(message))?.[1];
  if (denial !== undefined) return { kind: 'denied', message, webhook: denial };

  switch (code) {
    case 404:
      // Without a Status it was no API server that answered, and nothing is known of the pod.
      return status ? { kind: 'gone' } : transient(answer, message);
    case 409:
      return uidPrecondition.test(message) ? { kind: 'identity-changed', message } : transient(answer, message);
    case 429:
      return classifyTooManyRequests(answer, status, message);
    case 403:
      return classifyForbidden(status, message);
    case 408:
      return transient(answer, message);
    default:
      break;
  }
  if (code < 500) return { kind: 'fatal', message, status: code, hint: undefined };
  if (severalBudgets.test(message)) return { kind: 'blocked-config', message };
  if (budgetConflicts.test(message))
    return { kind: 'settling', message, retryAfterMs: retryAfterMs(answer) ?? settleMs };
  return transient(answer, message);
}

/**
 * Classifies what never became an answer. A connection cut after sending is `transient` as well: the caller must look
 * whether the pod is terminating before it asks again.
 */
export function classifyRemovalFailure(error: ClusterError): RemovalOutcome {
  return error.transient
    ? { kind: 'transient', message: error.message, retryAfterMs: error.retryAfterMs }
    : { kind: 'fatal', message: error.message, status: error.status ?? 0, hint: error.hint };
}

function classifyTooManyRequests(answer: Answer, status: Status | undefined, message: string): RemovalOutcome {
  const askedForMs = retryAfterMs(answer);
  const cause = status?.causes.find(({ reason }) => reason === 'DisruptionBudget');
  if (!cause) return { kind: 'throttled', message, retryAfterMs: askedForMs ?? throttleMs };
  if (askedForMs !== undefined || stillProcessed.test(cause.message)) {
    return { kind: 'settling', message, retryAfterMs: askedForMs ?? settleMs };
  }
  const numbers = budgetNumbers.exec(cause.message);
  return {
    kind: 'blocked-budget',
    message,
    budget: numbers?.[1] ?? budgetName.exec(cause.message)?.[1],
    needs: numbers ? Number(numbers[2]) : undefined,
    has: numbers ? Number(numbers[3]) : undefined,
  };
}

function classifyForbidden(status: Status | undefined, message: string): RemovalOutcome {
  if (status?.causes.some(({ reason }) => reason === 'NamespaceTerminating')) {
    return { kind: 'namespace-terminating', message };
  }
  // "DisruptedPods map too big", "pdb disruptions allowed is negative": the budget's controller repairs both.
  if (status?.kind === 'poddisruptionbudget') {
    return { kind: 'blocked-budget', message, budget: status.name || undefined, needs: undefined, has: undefined };
  }
  return { kind: 'fatal', message, status: 403, hint: undefined };
}

function transient(answer: Answer, message: string): RemovalOutcome {
  return { kind: 'transient', message, retryAfterMs: retryAfterMs(answer) };
}

/** The Status' message with those of its causes that it does not repeat. */
function messageOf(answer: Answer, status: Status | undefined): string {
  const parts = [explanationOf(answer)];
  for (const { message } of status?.causes ?? []) {
    if (message !== '' && !parts.some((part) => part.includes(message))) parts.push(message);
  }
  return parts.filter(Boolean).join(' ') || `HTTP ${answer.status}`;
}
