/**
 * `npm run bench:logs [-- --rounds N] [--lines N] [--case TEXT] [--tools kmaint,stern,…]`: reads the same logs with kmaint
 * and with its peers in turn, from one server over TLS that is faster than all of them, and prints medians, ratios, CPU,
 * peak memory, and which of the wanted figures are met. Exits 1 when one is not.
 * Files are written below TMPDIR: a slow disk is measured too, unless it is one in memory.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { messageBytes, stampBytes } from './log-bodies.ts';
import { casesOf } from './logs-cases.ts';
import { measureQuiet, measureSlow } from './logs-patience.ts';
import { measureThroughput, type Result, type Settings } from './logs-throughput.ts';
import { toolNames } from './logs-tools.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    lines: { type: 'string', default: '4000000' },
    case: { type: 'string', default: '' },
    tools: { type: 'string', default: toolNames.join(',') },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const names = values.tools.split(',');
  const settings: Settings = {
    rounds: Number(values.rounds),
    tools: toolNames.filter((name) => names.includes(name)),
    say,
  };
  const measurements: readonly (readonly [string, () => Promise<Result>])[] = [
    ...casesOf(Number(values.lines)).map((one) => [one.name, () => measureThroughput(one, settings)] as const),
    ['quiet streams', () => measureQuiet(settings)],
    ['slow reader', () => measureSlow(settings)],
  ];
  const chosen = measurements.filter(([name]) => name.includes(values.case));
  if (chosen.length === 0) {
    throw new Error(`no case is called ${values.case}: there are ${measurements.map(([name]) => name).join(', ')}`);
  }
  console.log(
    `medians of ${values.rounds}, ${String(cpus().length)} cores; a line is ${String(messageBytes)} bytes and a timestamp of ${String(stampBytes)}`,
  );
  let met = true;
  for (const [, measure] of chosen) {
    const result = await measure();
    met &&= result.met;
    console.log(result.lines.join('\n'));
  }
  console.log(met ? 'all figures are met' : 'NOT all figures are met');
  if (!met) process.exitCode = 1;
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
