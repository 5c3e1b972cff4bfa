/** Says what may be in the bundle: every package is there on purpose, and it stays small. */
import type { Metafile } from 'esbuild';
import { lean } from './lean-client-node.ts';
import { minified } from './minified-libraries.ts';

/** Packages that src/ imports, and what they bring along. */
const allowed = new Set([
  '@kubernetes/client-node',
  'chalk',
  'commander',
  'hpagent',
  'js-yaml',
  'leven',
  'p-limit',
  're2js',
  'yocto-queue',
  'zod',
  // proxies of the socks kind
  'agent-base',
  'debug',
  'ip-address',
  'ms',
  'smart-buffer',
  'socks',
  'socks-proxy-agent',
  // execa and what it stands on
  '@sec-ant/readable-stream',
  '@sindresorhus/merge-streams',
  'cross-spawn',
  'execa',
  'figures',
  'get-stream',
  'human-signals',
  'is-plain-obj',
  'is-stream',
  'isexe',
  'npm-run-path',
  'parse-ms',
  'path-key',
  'pretty-ms',
  'shebang-command',
  'shebang-regex',
  'signal-exit',
  'strip-final-newline',
  'unicorn-magic',
  'which',
  'yoctocolors',
  // selfsigned and what it stands on
  '@peculiar/asn1-cms',
  '@peculiar/asn1-csr',
  '@peculiar/asn1-ecc',
  '@peculiar/asn1-pfx',
  '@peculiar/asn1-pkcs8',
  '@peculiar/asn1-pkcs9',
  '@peculiar/asn1-rsa',
  '@peculiar/asn1-schema',
  '@peculiar/asn1-x509',
  '@peculiar/asn1-x509-attr',
  '@peculiar/utils',
  '@peculiar/x509',
  'asn1js',
  'pvtsutils',
  'pvutils',
  'reflect-metadata',
  'selfsigned',
  'tslib',
  'tsyringe',
  // protobufjs and what it stands on
  'long',
  'protobufjs',
  // ora and what it stands on
  'ansi-regex',
  'cli-cursor',
  'cli-spinners',
  'get-east-asian-width',
  'is-interactive',
  'is-unicode-supported',
  'log-symbols',
  'mimic-function',
  'onetime',
  'ora',
  'restore-cursor',
  'stdin-discarder',
  'string-width',
  'strip-ansi',
]);

const budgetBytes = 4_200_000;

/** The package that a file of the bundle belongs to; undefined for our own. */
export function packageOf(file: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

/** Bytes of each package in the bundle, ours under `''`. */
export function bytesByPackage(metafile: Metafile): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      // The library's part is counted where it was bundled.
      if (file.startsWith(`${lean}:`) || file.startsWith(`${minified}:`)) continue;
      const name = packageOf(file) ?? '';
      if (bytesInOutput > 0) bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return bytes;
}

/** Fails with all that should not be there, and who imports it. */
export function checkContents(metafile: Metafile, bytes: number): void {
  const unexpected = [...bytesByPackage(metafile).keys()].filter((name) => name !== '' && !allowed.has(name));
  const problems = unexpected.map((name) => `${name} came in through ${importersOf(metafile, name).join(', ')}`);
  if (bytes > budgetBytes) problems.push(`it has ${bytes} bytes; the budget is ${budgetBytes}`);
  if (problems.length > 0) throw new Error(`the bundle is not as it should be:\n${problems.join('\n')}`);
}

function importersOf(metafile: Metafile, name: string): readonly string[] {
  return Object.entries(metafile.inputs)
    .filter(([file, { imports }]) => packageOf(file) !== name && imports.some(({ path }) => packageOf(path) === name))
    .map(([file]) => file);
}
