// `npm run cluster:down`: stops the test cluster of the wanted version, fake nodes and real ones.

import { takeDown } from './controlplane.ts';
import { takeDownNodes } from './nodes-tier/nodes-down.ts';
import { wantedKubernetesVersion } from './versions.mts';

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  const say = (line: string): void => console.error(line);
  const nodes = await takeDownNodes(version, say);
  if (nodes > 0) say(`real nodes are down: ${String(nodes)}, and nothing of them is left`);
  const stopped = await takeDown(version, say);
  if (stopped > 0) say(`Kubernetes ${version} is down: ${String(stopped)} processes stopped`);
  else if (nodes === 0) say(`Kubernetes ${version} was not running`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
