/** What would be followed, without opening a log. */
import type { AtHand } from '../cli/kubectl.ts';
import { exitCodes, UsageError, type ExitCode } from '../errors.ts';
import type { LineWriter } from '../report/line-writer.ts';
import { tableLines } from '../report/table.ts';
import { bytesOf } from './line.ts';
import { Targets, type LogTarget } from './selection/targets.ts';
import type { TailCluster } from './pod-watches.ts';

export interface ListWorld {
  readonly out: LineWriter;
  readonly signal: AbortSignal;
  /** Told of each namespace that does not exist. */
  readonly nowhere: (namespace: string, cluster: AtHand) => void;
}

/** `--dry-run`: one row for each container. */
export async function listTargets(clusters: readonly TailCluster[], world: ListWorld): Promise<ExitCode> {
  const { out, signal, nowhere } = world;
  const targets = await currentTargets(clusters, signal);
  const several = clusters.length > 1;
  const rows = targets.map(({ source }) => [
    ...(several ? [source.context ?? ''] : []),
    source.namespace,
    source.pod,
    source.container,
    source.node,
  ]);
  const lines = tableLines([...(several ? ['CONTEXT'] : []), 'NAMESPACE', 'NAME', 'CONTAINER', 'NODE'], rows);
  for (const [namespace, cluster] of await lackingNamespaces(clusters, targets, signal)) nowhere(namespace, cluster);
  void out.write(bytesOf(`${lines.join('\n')}\n`));
  return exitCodes.done;
}

/**
 * Somebody who typed no query at a terminal did not mean hundreds of logs.
 *
 * @throws UsageError when there are more than `most`
 */
export async function manyStreams(clusters: readonly TailCluster[], most: number, signal: AbortSignal): Promise<void> {
  const { length } = await currentTargets(clusters, signal);
  if (length <= most) return;
  throw new UsageError([`without a query this would follow ${length} logs, more than --max-log-requests=${most}`], {
    code: 'usage.query',
    hint: 'name what you want to see, such as: kmaint logs deploy/web',
  });
}

async function currentTargets(clusters: readonly TailCluster[], signal: AbortSignal): Promise<readonly LogTarget[]> {
  const found = await Promise.all(
    clusters.flatMap(({ cluster, selection, targets: { context } }) => {
      // Not those of the tail: what these have seen it would not open.
      const targets = new Targets(selection, { context });
      return selection.queries.map(async (query, index) => {
        const change = { type: 'snapshot' as const, items: await cluster.listPods({ ...query, signal }) };
        await selection.prepare(change, signal);
        return targets.apply(change, index).opened;
      });
    }),
  );
  return found.flat();
}

/** Of the namespaces in which nothing was found. */
async function lackingNamespaces(
  clusters: readonly TailCluster[],
  targets: readonly LogTarget[],
  signal: AbortSignal,
): Promise<readonly (readonly [namespace: string, cluster: AtHand])[]> {
  const lacking = await Promise.all(
    clusters.flatMap(({ cluster, selection, targets: { context } }) => {
      const there = new Set(targets.flatMap(({ source }) => (source.context === context ? source.namespace : [])));
      const empty = (selection.namespaces ?? []).filter((namespace) => !there.has(namespace));
      return empty.map(async (namespace) =>
        (await cluster.lacksNamespace(namespace, signal)) ? [[namespace, cluster] as const] : [],
      );
    }),
  );
  return lacking.flat();
}
