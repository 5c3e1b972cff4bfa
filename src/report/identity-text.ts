/** Where and as whom: the first line of every run and plan. */
import type { Identity } from '../cluster/cluster.ts';
import type { DryRun } from './events.ts';

/** `context prod, server https://10.0.0.1:6443, user admin`. */
export function identityText(identity: Identity): string {
  return `context ${identity.context ?? '(none)'}, server ${identity.server}, user ${identity.user}`;
}

/** kubectl's suffixes: ` (dry run)`, ` (server dry run)`. */
export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === 'none' ? '' : dryRun === 'server' ? ' (server dry run)' : ' (dry run)';
}
