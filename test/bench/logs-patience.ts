/** Measures readers that follow: how soon all are attached, how late a line is, how much memory a slow reader costs. */
import { openSync, closeSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { startLogServer, type LogServer } from './log-server.ts';
import { sameOf } from './log-world.ts';
import { median, percentile } from './logs-cases.ts';
import { createWorkplace, endGroup, readUsage, startGroup, type Workplace } from './logs-run.ts';
import { commandLine, type CommandLine, type ToolName } from './logs-tools.ts';
import type { Result, Settings } from './logs-throughput.ts';

const streams = 200;
const quietEveryMs = 1000;
const listenForMs = 10_000;
const slowForMs = 15_000;
const attachWithinMs = 60_000;
const backlogLines = 100_000;

const wanted = { attachSeconds: 2, delayMs: 50, slowMegabytes: 150 };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Quiet {
  readonly attachSeconds: number;
  readonly delaysMs: readonly number[];
}

/** 200 streams with a line a second each: when the server saw the last of them asked for, and how late lines came. */
export async function measureQuiet({ rounds, tools, say }: Settings): Promise<Result> {
  const rows: string[] = [];
  const attached = new Map<string, number>();
  let met = true;
  const commands = [
    ...followers(tools).map((command) => ({ label: labelOf(command.name), command })),
    ...followers(
      tools.filter((name) => name === 'stern'),
      true,
    ).map((command) => ({ label: 'stern', command })),
  ];
  for (const { label, command } of commands) {
    const found: Quiet[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const quiet = await withServer(sameOf(streams, { kind: 'quiet', everyMs: quietEveryMs }), (server, place) =>
        listen(command, server, place),
      );
      found.push(quiet);
      say(`${String(streams)} quiet streams, round ${String(round)}: ${label} ${quiet.attachSeconds.toFixed(2)} s`);
    }
    const attachSeconds = median(found.map((one) => one.attachSeconds));
    const p99 = median(found.map(({ delaysMs }) => percentile(delaysMs, 99)));
    const p50 = median(found.map(({ delaysMs }) => percentile(delaysMs, 50)));
    attached.set(label, attachSeconds);
    rows.push(
      `  ${label.padEnd(14)} last attached after ${attachSeconds.toFixed(2)} s; delay of a line p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (${String(found[0]?.delaysMs.length)} lines)`,
    );
    if (command.name !== 'kmaint') continue;
    const late = verdictAtMost('delay p99', p99, wanted.delayMs, ' ms');
    met &&= late.met;
    rows.push(late.text);
  }
  const attach = attachVerdicts(attached);
  return {
    met: met && attach.every((one) => one.met),
    lines: [`${String(streams)} quiet streams, followed`, ...rows, ...attach.map(({ text }) => text)],
  };
}

/** stern as it comes is the one to beat; without its throttle it shows what its transport could do. */
const labelOf = (name: ToolName): string => (name === 'stern' ? 'stern --qps=-1' : name);

function attachVerdicts(attached: ReadonlyMap<string, number>): readonly { met: boolean; text: string }[] {
  const ours = attached.get('kmaint');
  if (ours === undefined) return [];
  const theirs = attached.get('stern');
  return [
    verdictAtMost('last attached', ours, wanted.attachSeconds, ' s'),
    ...(theirs === undefined ? [] : [verdictAtMost('last attached, of stern', ours, theirs, ' s')]),
  ];
}

function verdictAtMost(what: string, measured: number, limit: number, unit: string): { met: boolean; text: string } {
  const met = measured <= limit;
  const digits = unit === ' s' ? 2 : 0;
  const figures = `${measured.toFixed(digits)}${unit}, wanted at most ${limit.toFixed(digits)}${unit}`;
  return { met, text: `  ${what}: ${figures}: ${met ? 'met' : 'NOT met'}` };
}

function followers(tools: readonly ToolName[], throttled = false): readonly CommandLine[] {
  return (['kmaint', 'stern', 'kubectl'] as const)
    .filter((name) => tools.includes(name))
    .map((name) => commandLine(name, { pods: streams, follow: true, throttled }))
    .filter((command) => command !== undefined);
}

async function withServer<T>(
  world: Parameters<typeof startLogServer>[0],
  work: (server: LogServer, place: Workplace) => Promise<T>,
): Promise<T> {
  const server = await startLogServer(world);
  const place = createWorkplace();
  try {
    return await work(server, place);
  } finally {
    place.remove();
    await server.stop();
  }
}

/** Runs `shell` around the command, which it finds in its words, until `work` is done with it. */
async function during<T>(
  command: CommandLine,
  shell: string,
  server: LogServer,
  { folder }: Workplace,
  work: (output: Readable | null) => Promise<T>,
): Promise<{ readonly value: T; readonly peakMegabytes: number }> {
  const usage = join(folder, 'usage');
  rmSync(usage, { force: true });
  const errors = openSync(join(folder, 'errors'), 'w');
  const timed = ['/usr/bin/time', '-o', usage, '-f', '%U %S %M', command.file, ...command.args];
  const child = startGroup(['sh', '-c', shell, 'sh', ...timed], command, server, ['pipe', errors]);
  try {
    const value = await work(child.stdout);
    if (child.exitCode !== null) {
      throw new Error(`${command.name} ended early: ${readFileSync(join(folder, 'errors'), 'utf8').slice(0, 2000)}`);
    }
    await endGroup(child);
    // The shell may go before those it started.
    for (let tries = 0; tries < 100 && (!existsSync(usage) || readFileSync(usage).length === 0); tries += 1) {
      await sleep(50);
    }
    return { value, peakMegabytes: readUsage(usage).peakMegabytes };
  } finally {
    await endGroup(child);
    closeSync(errors);
  }
}

async function attachedAtMs(server: LogServer, since: string): Promise<number> {
  for (let waitedMs = 0; waitedMs < attachWithinMs; waitedMs += 250) {
    const { logRequestsAtMs } = await server.statistics();
    const last = logRequestsAtMs[streams - 1];
    if (last !== undefined) return last;
    await sleep(250);
  }
  throw new Error(`${since} had not attached ${String(streams)} streams after ${String(attachWithinMs / 1000)} s`);
}

async function listen(command: CommandLine, server: LogServer, place: Workplace): Promise<Quiet> {
  const startMs = Date.now();
  const { value } = await during(command, '"$@" | cat', server, place, async (output) => {
    const delaysMs: number[] = [];
    let listening = false;
    let rest = '';
    output?.setEncoding('latin1').on('data', (text: string) => {
      const nowMs = Date.now();
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      if (!listening) return;
      for (const line of lines) {
        const sent = / sent=(\d+) /.exec(line)?.[1];
        if (sent !== undefined) delaysMs.push(nowMs - Number(sent));
      }
    });
    const lastMs = await attachedAtMs(server, command.name);
    await sleep(quietEveryMs);
    listening = true;
    await sleep(listenForMs);
    return { attachSeconds: (lastMs - startMs) / 1000, delaysMs };
  });
  if (value.delaysMs.length < (streams * listenForMs) / quietEveryMs / 2) {
    throw new Error(`${command.name} printed only ${String(value.delaysMs.length)} lines`);
  }
  return value;
}

/** About 1 MB/s, without a process that would take a core from those who are measured. */
const slowReader = '"$@" | while dd bs=65536 count=1 iflag=fullblock of=/dev/null 2>/dev/null; do sleep 0.06; done';

/** 200 streams with a backlog that a reader takes slowly: what is not read has to stay at the server. */
export async function measureSlow({ tools, say }: Settings): Promise<Result> {
  const rows: string[] = [];
  let met = true;
  for (const command of followers(tools)) {
    const world = sameOf(streams, { kind: 'numbered', lines: backlogLines });
    const { peakMegabytes, statistics } = await withServer(world, async (server, place) => {
      const ran = await during(command, slowReader, server, place, async () => {
        await sleep(slowForMs);
        return server.statistics();
      });
      return { peakMegabytes: ran.peakMegabytes, statistics: ran.value };
    });
    say(`slow reader: ${command.name} ${peakMegabytes.toFixed(0)} MB`);
    const { open, mostOpen, sentBytes } = statistics;
    rows.push(
      `  ${command.name.padEnd(11)} ${peakMegabytes.toFixed(0)} MB at its highest; ${String(open)} streams open, ${String(mostOpen)} at most, ${(sentBytes / 1e6).toFixed(0)} MB sent`,
    );
    if (command.name !== 'kmaint') continue;
    const memory = verdictAtMost('peak RSS', peakMegabytes, wanted.slowMegabytes, ' MB');
    met &&= memory.met && open === streams;
    rows.push(memory.text);
  }
  const head = `${String(streams)} streams of ${String(backlogLines)} lines, a reader that takes 1 MB/s for ${String(slowForMs / 1000)} s`;
  return { met, lines: [head, ...rows] };
}
