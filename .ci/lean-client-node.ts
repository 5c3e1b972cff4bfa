/** Bundles of `@kubernetes/client-node` no more than the classes that src/cluster uses. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const name = '@kubernetes/client-node';
const exactly = /^@kubernetes\/client-node$/;

/** Namespace of the modules that stand for the library. */
export const lean = 'lean-client-node';

export interface LeanOptions {
  /** The repository. */
  readonly root: string;
  /** Such as `node20`. */
  readonly target: string;
  /** Told what the library's part was made of. */
  readonly made: (metafile: Metafile) => void;
}

/**
 * Puts the used classes of the library in the place of the library. They are bundled beforehand, by themselves: esbuild
 * does not shake what is imported lazily, and would keep all of its 900 modules.
 */
export function leanClientNode({ root, target, made }: LeanOptions): Plugin {
  return {
    name: lean,
    setup(outer) {
      // The path ends up in the bundle, so it does not tell where it was built.
      outer.onResolve({ filter: exactly }, ({ importer }) => ({ path: relative(root, importer), namespace: lean }));
      outer.onLoad({ filter: /.*/, namespace: lean }, async ({ path }) => {
        const names = namesImported(await readFile(join(root, path), 'utf8'));
        const { outputFiles, metafile } = await build({
          stdin: { contents: `export { ${names.join(', ')} } from '${name}';`, resolveDir: root },
          absWorkingDir: root,
          write: false,
          metafile: true,
          bundle: true,
          platform: 'node',
          target,
          format: 'esm',
          // Its names tell nobody anything, and are a third of it.
          minify: true,
          logLevel: 'warning',
          plugins: [usedModulesOnly()],
        });
        made(metafile);
        return { contents: outputFiles[0]?.text ?? '', loader: 'js', resolveDir: root };
      });
    },
  };
}

/** The values that a module imports from the library; types vanish anyway. */
export function namesImported(source: string): readonly string[] {
  const clauses = [...source.matchAll(/import\s*\{([^}]*)\}\s*from\s*'@kubernetes\/client-node'/g)];
  return clauses
    .flatMap(([, clause = '']) => clause.split(','))
    .map((one) => one.trim().split(/\s+as\s+/)[0] ?? '')
    .filter((one) => one !== '' && !one.startsWith('type '));
}

/**
 * The library declares no `sideEffects`, though none of its modules has any. Its own HTTP client is never called
 * (src/cluster hands in ours), so undici, a third of the whole, is left out: calling it throws.
 */
function usedModulesOnly(): Plugin {
  const resolving = Symbol('resolving');
  const leftOut = 'left-out';
  return {
    name: 'used-modules-only',
    setup(inner) {
      inner.onResolve({ filter: /^@kubernetes\/client-node$|^\.{1,2}\// }, async (asked) => {
        const { kind, importer, resolveDir } = asked;
        const ofLibrary = exactly.test(asked.path) || importer.includes(`/node_modules/${name}/`);
        if (asked.pluginData === resolving || !ofLibrary) return undefined;
        const found = await inner.resolve(asked.path, { kind, importer, resolveDir, pluginData: resolving });
        return found.errors.length > 0 ? { errors: found.errors } : { path: found.path, sideEffects: false };
      });
      inner.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: leftOut }));
      inner.onLoad({ filter: /.*/, namespace: leftOut }, ({ path }) => ({
        contents: `
          function refuse() { throw new Error('${path} is not part of kmaint: requests go through src/cluster'); }
          export { refuse as fetch, refuse as Agent, refuse as ProxyAgent };`,
      }));
    },
  };
}
