// `npm run cluster:down`: stops the test cluster of the wanted version.

import { takeDown } from './controlplane.ts';
import { wantedKubernetesVersion } from './versions.mts';

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  const stopped = await takeDown(version, (line) => console.error(line));
  console.error(
    stopped === 0
      ? `Kubernetes ${version} was not running`
      : `Kubernetes ${version} is down: ${String(stopped)} processes stopped`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
