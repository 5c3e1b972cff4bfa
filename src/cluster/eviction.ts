/** Removes one pod: by eviction, which honours budgets, or by deletion, which does not. */
import { ClusterError } from '../errors.ts';
import type { PodRef, RemovalOptions, RemovalOutcome } from './cluster.ts';
import { classifyRemoval, classifyRemovalFailure } from './removal-outcome.ts';
import { podPath } from './resource-path.ts';
import type { RequestOptions, Transport } from './transport.ts';

// An eviction may wait for a webhook (up to 30 s) and for conflicts on its budget (10 s); the server gives up after 60 s.
// Giving up before it does would only lose the answer.
const patienceMs = 65_000;

/** POSTs a policy/v1 Eviction with the uid as precondition; asks once, and says what came of it. */
export function evictPod(transport: Transport, ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome> {
  const { namespace, name } = ref;
  return remove(transport, options, {
    method: 'POST',
    path: `${podPath(ref)}/eviction`,
    body: JSON.stringify({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
      deleteOptions: deleteOptions(ref, options),
    }),
  });
}

/** DELETEs with the uid as precondition; asks once, and says what came of it. */
export function deletePod(transport: Transport, ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome> {
  return remove(transport, options, {
    method: 'DELETE',
    path: podPath(ref),
    body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...deleteOptions(ref, options) }),
  });
}

function deleteOptions({ uid }: PodRef, { gracePeriodSeconds, dryRun }: RemovalOptions): object {
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    preconditions: { uid },
    ...(dryRun === true && { dryRun: ['All'] }),
  };
}

async function remove(
  transport: Transport,
  { signal, dryRun }: RemovalOptions,
  request: Pick<RequestOptions, 'method' | 'path' | 'body'>,
): Promise<RemovalOutcome> {
  // In the query too: only there webhooks of an eviction learn that it is a dry run.
  const query = { dryRun: dryRun === true ? 'All' : undefined };
  try {
    const response = await transport.request({ ...request, query, signal, timeoutMs: patienceMs, retry: 'never' });
    const outcome = classifyRemoval({ status: response.status, headers: response.headers, body: response.text() });
    return outcome.kind === 'fatal' ? { ...outcome, hint: response.error().hint } : outcome;
  } catch (error) {
    if (error instanceof ClusterError) return classifyRemovalFailure(error);
    throw error;
  }
}
