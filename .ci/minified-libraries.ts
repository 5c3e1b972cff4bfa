/** Bundles libraries that are large and rarely used as one minified module each: every start of kmaint reads the whole bundle. */
import { build, type Metafile, type Plugin } from 'esbuild';

/** Namespace of the modules that stand for them. */
export const minified = 'minified-library';

export interface MinifiedOptions {
  /** The repository. */
  readonly root: string;
  /** Such as `node20`. */
  readonly target: string;
  /** The modules that src/ imports, lazily. */
  readonly names: readonly string[];
  /** Told what each was made of. */
  readonly made: (metafile: Metafile) => void;
}

/** Puts the minified module in the place of each library. */
export function minifiedLibraries({ root, target, names, made }: MinifiedOptions): Plugin {
  return {
    name: minified,
    setup(outer) {
      outer.onResolve({ filter: /^[\w@]/ }, ({ path, kind }) =>
        kind === 'dynamic-import' && names.includes(path) ? { path, namespace: minified } : undefined,
      );
      outer.onLoad({ filter: /.*/, namespace: minified }, async ({ path }) => {
        const { outputFiles, metafile } = await build({
          stdin: { contents: `module.exports = require('${path}');`, resolveDir: root },
          absWorkingDir: root,
          write: false,
          metafile: true,
          bundle: true,
          platform: 'node',
          target,
          format: 'cjs',
          minify: true,
          charset: 'ascii',
          legalComments: 'none',
          logLevel: 'warning',
        });
        made(metafile);
        return { contents: outputFiles[0]?.text ?? '', loader: 'js', resolveDir: root };
      });
    },
  };
}
