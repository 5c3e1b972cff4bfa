/** `npm run build`: writes dist/ and says what is in it. */
import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';
import { bytesByPackage } from './bundle-contents.ts';

async function main(): Promise<void> {
  const root = dirname(__dirname);
  const { bytes, metafile } = await bundle(root, join(root, 'dist'));
  const largest = [...bytesByPackage(metafile)].sort(([, a], [, b]) => b - a).slice(0, 6);
  const parts = largest.map(([name, size]) => `${name === '' ? 'kmaint' : name} ${kilobytes(size)}`);
  console.log(`dist/kmaint.cjs: ${kilobytes(bytes)} (${parts.join(', ')}, …)`);
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
