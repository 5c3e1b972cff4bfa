/**
 * `npm run soak:logs`: follows many containers while everything goes wrong that can, and counts what was printed: every
 * line that was written has to be there once, in the order of its container.
 *
 * Flags: `--lines 6000000`, `--containers 200`, `--rate 500` (lines a second of each), `--seed N`,
 * `--faults reset,restart` (all without it), `--bin PATH`.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Checker, type Wrong } from './soak-check.ts';
import { faultNames, type FaultCounts } from './soak-faults.ts';
import { soakNamespace } from './soak-cluster.ts';
import { startSoakServer, type SoakServer } from './soak-server.ts';

/** After so long without a line nothing more will come: the longest pause of a stream is 20 s. */
const patienceMs = 60_000;

/** Before anything goes wrong, all is begun. */
const calmMs = 3_000;

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '6000000' },
    containers: { type: 'string', default: '200' },
    rate: { type: 'string', default: '500' },
    seed: { type: 'string' },
    faults: { type: 'string', default: faultNames.join() },
    bin: { type: 'string', default: join(import.meta.dirname, '../../bin/kmaint.js') },
  },
});

interface Usage {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

async function soak(): Promise<boolean> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  console.log(`seed ${String(seed)}: to repeat it, add --seed ${String(seed)}`);
  const server = await startSoakServer({
    containers: Number(values.containers),
    linesPerSecond: Number(values.rate),
    lines: Number(values.lines),
    seed,
    faults: faultNames.filter((name) => values.faults.split(',').includes(name)),
  });
  try {
    return await follow(server, seed);
  } finally {
    server.stop();
  }
}

async function follow(server: SoakServer, seed: number): Promise<boolean> {
  const errors = join(tmpdir(), `kmaint-soak-${String(seed)}.stderr`);
  const words = ['logs', '.', '-n', soakNamespace, '--max-log-requests', '1000', '--color', 'never'];
  const child = spawn(process.execPath, [values.bin, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: server.home, KUBECONFIG: server.kubeconfig },
  });
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 128)));
  const checker = new Checker();
  child.stdout.on('data', (chunk: Buffer) => checker.push(chunk));
  child.stderr.pipe(createWriteStream(errors));
  await sleep(calmMs);
  server.trouble();
  await allPrinted(server, checker, () => child.exitCode !== null);
  const usage = usageOf(child.pid ?? 0);
  child.kill('SIGINT');
  const code = await ended;
  const state = server.state();
  if (!state) throw new Error('the server of the soak never told how it stands');
  const wrong = checker.verdict(state.runs);
  console.log(summary(checker.printed, wrong, state.counts, usage));
  const ok = state.full && code === 130 && Object.values(wrong).every((count) => count === 0);
  if (ok) return true;
  for (const example of checker.examples) console.log(`  ${example}`);
  console.log(
    `kmaint ended with ${String(code)}; ${String(state.written)} lines were written; what it said: ${errors}`,
  );
  return false;
}

/** Resolves when as much was printed as was written, or nothing more comes. */
async function allPrinted(server: SoakServer, checker: Checker, isOver: () => boolean): Promise<void> {
  let printed = 0;
  let sinceMs = Date.now();
  for (let turn = 0; !isOver(); turn += 1) {
    await sleep(250);
    const state = server.state();
    if (state?.full === true && checker.printed >= state.written) break;
    if (checker.printed > printed) sinceMs = Date.now();
    printed = checker.printed;
    if (Date.now() - sinceMs > patienceMs) break;
    if (turn % 40 === 39) console.log(`${whole(printed)} of ${whole(state?.written ?? 0)} lines`);
  }
  // A line that comes twice may come late.
  if (!isOver()) await sleep(5_000);
}

function summary(
  printed: number,
  { lost, doubled, disordered, foreign }: Wrong,
  counts: FaultCounts,
  usage: Usage,
): string {
  return [
    `${whole(printed)} lines`,
    `${whole(lost)} lost`,
    `${whole(doubled)} doubled`,
    `${whole(disordered)} out of order`,
    `${whole(foreign)} that nobody wrote`,
    `${whole(counts.reset)} resets`,
    `${whole(counts.cleanEnd)} EOFs`,
    `${whole(counts.expireWatch)} 410s`,
    `${whole(counts.dropWatch)} watches cut`,
    `${whole(counts.kubeletDown)} kubelets away`,
    `${whole(counts.throttle)} times 429`,
    `${whole(counts.refuse)} times refused`,
    `${whole(counts.restart)} restarts`,
    `${whole(counts.recreate)} pods made anew`,
    `CPU ${usage.cpuSeconds.toFixed(1)} s`,
    `peak RSS ${usage.peakMegabytes.toFixed(0)} MB`,
  ].join(', ');
}

/** Of a process that still runs, as Linux counts: in hundredths of a second, in kilobytes. */
function usageOf(pid: number): Usage {
  try {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMegabytes: Number(kilobytes) / 1000 };
  } catch {
    return { cpuSeconds: NaN, peakMegabytes: NaN };
  }
}

function whole(value: number): string {
  return value.toLocaleString('en-US');
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

soak().then(
  (ok) => (process.exitCode = ok ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
