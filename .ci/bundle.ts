/** Makes the one file that is shipped: src/ and the libraries it uses, as CommonJS that is evaluated only where it is needed. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { checkContents } from './bundle-contents.ts';
import { lateChildProcess } from './late-child-process.ts';
import { leanClientNode } from './lean-client-node.ts';
import { minifiedLibraries } from './minified-libraries.ts';
import { shippedClustersPlugin } from './shipped-clusters.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

/** The oldest Node that kmaint runs on. */
const target = 'node20.19';

export interface Bundle {
  readonly path: string;
  readonly bytes: number;
  readonly metafile: Metafile;
}

/**
 * Writes `kmaint.cjs` and `THIRD-PARTY-NOTICES` into a folder, each whole or not at all.
 *
 * @param root the repository
 * @throws Error when a package came in that nobody allowed, or the size budget is exceeded
 */
export async function bundle(root: string, folder: string): Promise<Bundle> {
  const parts: Metafile[] = [];
  const { outputFiles, metafile: whole } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/kmaint.cjs',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target,
    format: 'cjs',
    // import() of a built-in module becomes a lazy require: the loader runs the bundle as a plain script.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    minifySyntax: true,
    // Names stay, so that the stack in a report says something. The loader reads the file byte by byte.
    minifyIdentifiers: false,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [
      lateChildProcess(),
      leanClientNode({ root, target, made: (part) => parts.push(part) }),
      minifiedLibraries({
        root,
        target,
        names: ['selfsigned', 'protobufjs/light.js', 'protobufjs/minimal.js'],
        made: (part) => parts.push(part),
      }),
      shippedClustersPlugin(root),
    ],
  });
  const code = outputFiles[0]?.text ?? '';
  // eslint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(code)) throw new Error('the bundle is not plain ASCII, which bin/kmaint.js relies on');
  const metafile = merged([whole, ...parts]);
  checkContents(metafile, code.length);

  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const text = `// build ${hash}\n${code}`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'kmaint.cjs');
  await replace(path, text);
  await replace(join(folder, 'THIRD-PARTY-NOTICES'), await thirdPartyNotices(root, metafile));
  return { path, bytes: text.length, metafile };
}

/** What the parts that were bundled beforehand are made of counts as well. */
function merged(metafiles: readonly Metafile[]): Metafile {
  const outputs = metafiles.flatMap((one, index) =>
    Object.entries(one.outputs).map(([path, output]): [string, Metafile['outputs'][string]] => [
      `${index}:${path}`,
      output,
    ]),
  );
  return {
    inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)) as Metafile['inputs'],
    outputs: Object.fromEntries(outputs),
  };
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}
