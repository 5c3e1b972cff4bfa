// `npm run cluster:build [-- --tier nodes]`: builds the programs of the test cluster into the cache.

import { parseArgs } from 'node:util';
import { nodesTierBinaries, scaleTierBinaries } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { prepareRealNodes } from './nodes-tier/prepare.ts';
import { wantedKubernetesVersion } from './versions.mts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { tier: { type: 'string', default: 'scale' } } });
  if (values.tier !== 'scale' && values.tier !== 'nodes') {
    throw new Error(`--tier ${values.tier}: there are scale and nodes`);
  }
  const version = wantedKubernetesVersion();
  const say = (line: string): void => console.error(line);
  if (values.tier === 'nodes') await prepareRealNodes(version, say);
  else await buildMissing(version, say);
  const binaries = values.tier === 'nodes' ? nodesTierBinaries(version) : scaleTierBinaries(version);
  for (const binary of binaries) console.log(binary.path);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
