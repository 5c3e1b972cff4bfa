// `npm run cluster:build`: builds the programs of the test cluster into the cache.

import { scaleTierBinaries } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { wantedKubernetesVersion } from './versions.mts';

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  await buildMissing(version, (line) => console.error(line));
  for (const binary of scaleTierBinaries(version)) console.log(binary.path);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
