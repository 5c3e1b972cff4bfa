/** `npm run bench:start`: how long kmaint takes to start, beside kubectl and an empty Node, in the same run. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const limit = 1.2;
const runs = Math.max(15, Number(process.env['KMAINT_BENCH_RUNS'] ?? 25));
const warmUps = 3;

interface Contender {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
}

function contenders(): readonly Contender[] {
  const cache = resolve(root, process.env['KMAINT_TEST_CACHE'] ?? '.cache/cluster');
  const kubectl = join(cache, `kubernetes-${process.env['KMAINT_TEST_KUBERNETES'] ?? '1.36.3'}`, 'kubectl');
  const kmaint = join(root, 'bin/kmaint.js');
  if (!existsSync(kubectl)) throw new Error(`${kubectl} is missing: npm run cluster:build`);
  if (!existsSync(join(root, 'dist/kmaint.cjs'))) throw new Error('kmaint is not built: npm run build');
  const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
  return [
    { name: 'kubectl version --client', file: kubectl, args: ['version', '--client'] },
    { name: 'node -e 0', file: node, args: ['-e', '0'] },
    { name: 'kmaint --help', file: node, args: [kmaint, '--help'] },
    { name: 'kmaint drain --help', file: node, args: [kmaint, 'drain', '--help'] },
    { name: 'kmaint version --client', file: node, args: [kmaint, 'version', '--client'] },
  ];
}

function measure({ name, file, args }: Contender, env: NodeJS.ProcessEnv): number {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8' });
  const tookMs = performance.now() - startMs;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return tookMs;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Random order, so that a busy moment of the machine does not always hit the same one. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function main(): void {
  const home = mkdtempSync(join(tmpdir(), 'kmaint-bench-'));
  // Only these: NODE_EXTRA_CA_CERTS, for one, makes any Node 20 30 ms slower, kmaint or not.
  const env = { PATH: process.env['PATH'], HOME: home };
  try {
    const all = contenders();
    const times = new Map(all.map(({ name }) => [name, [] as number[]]));
    for (let run = -warmUps; run < runs; run += 1) {
      for (const contender of shuffled(all)) {
        const tookMs = measure(contender, env);
        if (run >= 0) times.get(contender.name)?.push(tookMs);
      }
    }
    report(times);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function report(times: ReadonlyMap<string, readonly number[]>): void {
  const kubectlMs = median(times.get('kubectl version --client') ?? []);
  console.log(`median of ${runs} runs, interleaved, environment PATH and HOME only`);
  for (const [name, values] of times) {
    const ms = median(values);
    console.log(`${name.padEnd(26)} ${ms.toFixed(1).padStart(6)} ms  ${(ms / kubectlMs).toFixed(2)} x kubectl`);
  }
  const ratio = median(times.get('kmaint --help') ?? []) / kubectlMs;
  const verdict = ratio <= limit ? 'within' : 'OVER';
  console.log(`kmaint --help takes ${ratio.toFixed(2)} x kubectl version --client: ${verdict} the limit of ${limit}`);
  if (ratio > limit) process.exitCode = 1;
}

main();
