/** Measures the throughput cases, every tool in turn in each round. */
import { readFileSync } from 'node:fs';
import { countNumbered, matchingLines, messageBytes, stampBytes } from './log-bodies.ts';
import { readRaw } from './log-reader.ts';
import { startLogServer, type LogServer } from './log-server.ts';
import { benchNamespace, podName, sameOf } from './log-world.ts';
import { median, verdicts, type Case, type Median } from './logs-cases.ts';
import { createWorkplace, runTool, type Outcome, type Workplace } from './logs-run.ts';
import { commandLine, installHint, type CommandLine, type ToolName } from './logs-tools.ts';

export interface Settings {
  readonly rounds: number;
  readonly tools: readonly ToolName[];
  readonly say: (line: string) => void;
}

export interface Result {
  readonly lines: readonly string[];
  readonly met: boolean;
}

/** Runs one case; its lines are ready to be printed. */
export async function measureThroughput(one: Case, { rounds, tools, say }: Settings): Promise<Result> {
  const world = sameOf(one.pods, { kind: 'numbered', lines: one.linesPerPod });
  const server = await startLogServer(world, { roundTripMs: one.roundTripMs });
  const place = createWorkplace();
  try {
    const raw = await readRaw(server, world);
    const wire = one.pods * one.linesPerPod * (messageBytes + stampBytes);
    if (raw.bytes !== wire) throw new Error(`the log server sent ${String(raw.bytes)} bytes, not ${String(wire)}`);
    const commands = commandsFor(one, tools, say);
    const outcomes = new Map<ToolName, Outcome[]>(commands.map(({ name }) => [name, []]));
    const complaints: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const command of commands) {
        const outcome = await runTool(command, server, place, sinkFor(one, command));
        outcomes.get(command.name)?.push(outcome);
        complaints.push(...miscounted(one, command.name, outcome.lines));
        say(`${one.name}, round ${String(round)}: ${command.name} ${outcome.seconds.toFixed(2)} s`);
      }
    }
    const ours = commands.find(({ name }) => name === 'kmaint');
    if (ours && one.include === undefined) complaints.push(...(await lostOrDoubled(one, ours, server, place)));
    return report(one, outcomes, raw.seconds, complaints);
  } finally {
    place.remove();
    await server.stop();
  }
}

function commandsFor(one: Case, tools: readonly ToolName[], say: Settings['say']): readonly CommandLine[] {
  const { pods, include, highlight } = one;
  const task = { pods, follow: false, ...(include && { include }), ...(highlight && { highlight }) };
  const found: CommandLine[] = [];
  for (const name of ['kmaint', ...one.peers] as const) {
    if (!tools.includes(name)) continue;
    const command = commandLine(name, task);
    if (command) found.push(command);
    else say(`${name} is left out: it is not installed (${installHint(name)})`);
  }
  return found;
}

/** kail follows for ever: the size of its file says when it is done, or that it has stopped to grow. */
function sinkFor(one: Case, { name }: CommandLine): { readonly sink: 'file' | 'pipe'; readonly untilBytes?: number } {
  if (name !== 'kail') return { sink: one.sink };
  const prefix = `${benchNamespace}/${podName(0)}[main]: `;
  return { sink: 'file', untilBytes: one.pods * one.linesPerPod * (prefix.length + messageBytes) };
}

function expectedLines(one: Case): number {
  return one.pods * (one.include === undefined ? one.linesPerPod : matchingLines(one.linesPerPod));
}

function miscounted(one: Case, name: ToolName, lines: number): readonly string[] {
  const expected = expectedLines(one);
  // kubetail opens with a banner.
  if (lines === expected || (name === 'kubetail' && lines > expected && lines < expected + 50)) return [];
  return [`${name} printed ${String(lines)} lines of ${String(expected)}`];
}

/** Once more, untimed, into a file that is looked at line by line. */
async function lostOrDoubled(
  one: Case,
  command: CommandLine,
  server: LogServer,
  place: Workplace,
): Promise<readonly string[]> {
  const { file } = await runTool(command, server, place, { sink: 'file' });
  const { missing, doubled } = countNumbered(readFileSync(file), one.pods, one.linesPerPod);
  if (missing === 0 && doubled === 0) return [];
  return [`kmaint lost ${String(missing)} lines and doubled ${String(doubled)}`];
}

/** kubetail kills its process group when it ends, and with it the one who measures. */
function usageText({ cpuSeconds, peakMegabytes }: Median): string {
  if (Number.isNaN(cpuSeconds)) return 'CPU and memory unknown';
  return `${cpuSeconds.toFixed(2)} s of CPU, ${peakMegabytes.toFixed(0)} MB at its highest`;
}

function report(
  one: Case,
  outcomes: ReadonlyMap<ToolName, readonly Outcome[]>,
  rawSeconds: number,
  complaints: readonly string[],
): Result {
  const lines = one.pods * one.linesPerPod;
  const rate = (seconds: number): string => {
    const perSecond = lines / seconds;
    const text = perSecond < 1e5 ? perSecond.toFixed(0) : `${(perSecond / 1e6).toFixed(2)} M`;
    return `${text} lines/s`.padStart(17);
  };
  const medians = new Map<ToolName, Median>();
  const rows: string[] = [];
  for (const [name, all] of outcomes) {
    const found = {
      seconds: median(all.map(({ seconds }) => seconds)),
      cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
      peakMegabytes: median(all.map(({ peakMegabytes }) => peakMegabytes)),
    };
    medians.set(name, found);
    rows.push(
      `  ${name.padEnd(11)} ${`${found.seconds.toFixed(2)} s`.padStart(9)} ${rate(found.seconds)}  ${usageText(found)}`,
    );
  }
  const judged = verdicts(one, medians).filter((each) => each !== undefined);
  // What others lose is worth knowing, but it is not ours to mend.
  const ours = complaints.filter((text) => text.startsWith('kmaint'));
  const head = `${one.name}: ${String(one.pods)} x ${String(one.linesPerPod)} lines`;
  return {
    met: judged.every(({ met }) => met) && ours.length === 0,
    lines: [
      head,
      `  ${'raw reader'.padEnd(11)} ${`${rawSeconds.toFixed(2)} s`.padStart(9)} ${rate(rawSeconds)}  reads and throws away`,
      ...rows,
      ...[...new Set(complaints)].map((text) => `  ${text}`),
      ...judged.map(({ text }) => `  ${text}`),
    ],
  };
}
