/** Events on the Node, so that `kubectl describe node` tells what kmaint did to it. */
import type { Cluster } from '../../cluster/cluster.ts';
import type { NewEvent } from '../../cluster/cluster-event.ts';
import type { Node } from '../../cluster/node.ts';
import { withDeadline, type Clock } from '../../clock.ts';
import { KmaintError } from '../../errors.ts';
import type { Report } from '../../report/report.ts';
import type { OwnershipOptions } from '../options.ts';

/** Nobody waits long for a message that is not needed. */
const limitMs = 5000;
/** Events are kept by the API server for all nodes together; a run is no reason to fill it. */
const maxEvents = 2;

export interface NodeEventsContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly runId: string;
  /** `user@host`. */
  readonly holder: string;
  readonly options: Pick<OwnershipOptions, 'reason' | 'ticket'>;
}

/** Each resolves when it was tried and never rejects; an interrupt of the run does not keep them from being sent. */
export interface NodeEvents {
  started(node: Node): Promise<void>;
  succeeded(node: Node): Promise<void>;
  /** `message`: what went wrong. */
  failed(node: Node, message: string): Promise<void>;
  /** Instead of `succeeded` where the node is uncordoned in the end: there are two for each node and run. */
  uncordoned(node: Node): Promise<void>;
}

/** Makes the recorder of one run. */
export function createNodeEvents(context: NodeEventsContext): NodeEvents {
  const sent = new Map<string, number>();
  const state = { refused: false };

  async function record(node: Node, type: NewEvent['type'], reason: string, what: string): Promise<void> {
    const count = sent.get(node.uid) ?? 0;
    if (state.refused || count >= maxEvents) return;
    sent.set(node.uid, count + 1);
    const involved = { apiVersion: 'v1', kind: 'Node', namespace: undefined, name: node.name, uid: node.uid };
    await attempt(context, state, { involved, type, reason, message: `${clipped(what, 600)}${signature(context)}` });
  }

  return {
    started: (node) => record(node, 'Normal', 'DrainStarted', 'kmaint drains the node'),
    succeeded: (node) => record(node, 'Normal', 'DrainSucceeded', 'kmaint has drained the node'),
    failed: (node, message) => record(node, 'Warning', 'DrainFailed', `kmaint could not drain the node: ${message}`),
    uncordoned: (node) => record(node, 'Normal', 'Uncordoned', 'kmaint has uncordoned the node'),
  };
}

async function attempt(
  { cluster, clock, report }: NodeEventsContext,
  state: { refused: boolean },
  event: NewEvent,
): Promise<void> {
  const never = new AbortController().signal;
  const deadline = withDeadline(clock, limitMs, never, () => new Error(`not done within ${limitMs / 1000} s`));
  try {
    await cluster.createEvent({ ...event, message: clipped(event.message, 1024) }, { signal: deadline.signal });
  } catch (error) {
    const forbidden = error instanceof KmaintError && error.code === 'cluster.forbidden';
    if (forbidden && state.refused) return;
    // Whoever may not record one event may not record the next.
    state.refused ||= forbidden;
    const why = error instanceof Error ? error.message : String(error);
    const name = event.involved.name;
    report.emit({ type: 'detail', message: `the event ${event.reason} of the node ${name} was not recorded: ${why}` });
  } finally {
    deadline.cancel();
  }
}

function signature({ runId, holder, options: { reason, ticket } }: NodeEventsContext): string {
  const why = [
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...(ticket === undefined ? [] : [`ticket: ${ticket}`]),
  ];
  return ` (${[`run ${runId}`, `by ${holder}`, ...why].join(', ')})`;
}

/** The API server takes 1024 bytes of message; what failed must not push out who and why. */
function clipped(message: string, maxBytes: number): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= maxBytes) return message;
  // A character that was cut in half decodes to U+FFFD; the ellipsis takes three bytes.
  return `${bytes
    .subarray(0, maxBytes - 3)
    .toString()
    .replace(/\uFFFD+$/u, '')}…`;
}
