/** Which nodes a command means. */
import type { Node } from '../cluster/node.ts';
import { ClusterError, UsageError } from '../errors.ts';
import type { NodeTargets } from './options.ts';
import { closest } from '../closest.ts';
import type { World } from './world.ts';

/**
 * Resolves every node before anything is changed, in the order given.
 *
 * @throws ClusterError `cluster.not-found` naming all unknown nodes, with similar names that exist
 * @throws UsageError when a selector matches no node
 */
export async function resolveNodes(
  { cluster, signal }: Pick<World, 'cluster' | 'signal'>,
  targets: NodeTargets,
  chunkSize?: number,
): Promise<readonly Node[]> {
  if (targets.selector !== undefined) {
    const nodes = await cluster.listNodes({ labelSelector: targets.selector, chunkSize, signal });
    if (nodes.length === 0) {
      throw new UsageError([`no node matches the selector ${targets.selector}`], {
        code: 'usage.no-match',
        hint: cluster.kubectl('get', 'nodes', '--show-labels'),
      });
    }
    return nodes;
  }

  const { names } = targets;
  const found = await Promise.all(names.map((name) => cluster.getNode(name, { signal })));
  const unknown = names.filter((_, index) => !found[index]);
  if (unknown.length > 0) throw await unknownNodes(cluster, unknown, signal);
  return found.filter((node) => node !== undefined);
}

async function unknownNodes(
  cluster: World['cluster'],
  unknown: readonly string[],
  signal: AbortSignal,
): Promise<ClusterError> {
  const existing = await cluster.listNodes({ signal }).catch((error: unknown) => {
    // A user who may read single nodes but not list them still gets the message, without the suggestion.
    if (error instanceof ClusterError) return [];
    throw error;
  });
  const names = existing.map(({ name }) => name);
  const lines = unknown.map((name) => {
    const suggestion = closest(name, names);
    return `no node is called ${name}${suggestion ? `; did you mean ${suggestion}?` : ''}`;
  });
  return new ClusterError(lines.join('\n'), {
    code: 'cluster.not-found',
    status: 404,
    hint: cluster.kubectl('get', 'nodes'),
  });
}
