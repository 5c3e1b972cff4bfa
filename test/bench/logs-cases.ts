/** The throughput cases: how many logs of which size, where they go, and what is to be reached. */
import { messageBytes, stampBytes } from './log-bodies.ts';
import type { ToolName } from './logs-tools.ts';

export type Want =
  | { readonly kind: 'ratio'; readonly over: ToolName; readonly times: number }
  | { readonly kind: 'lines'; readonly perSecond: number }
  | { readonly kind: 'mebibytes'; readonly perSecond: number };

export interface Case {
  readonly name: string;
  readonly pods: number;
  readonly linesPerPod: number;
  readonly sink: 'file' | 'pipe';
  readonly roundTripMs: number;
  readonly include?: string;
  readonly highlight?: string;
  /** Beside kmaint. */
  readonly peers: readonly ToolName[];
  readonly wants: readonly Want[];
}

const mebibyte = 1024 * 1024;

/** Of so many lines in all; 4 million is what the figures are meant for. */
export function casesOf(lines: number): readonly Case[] {
  const many = (pods: number): Case => ({
    name: `${String(pods)} streams -> pipe`,
    pods,
    linesPerPod: Math.ceil(lines / pods),
    sink: 'pipe',
    roundTripMs: 0,
    peers: ['stern', 'kubectl'],
    wants: [
      { kind: 'ratio', over: 'stern', times: 5.5 },
      { kind: 'ratio', over: 'kubectl', times: 3 },
      { kind: 'lines', perSecond: 1_600_000 },
    ],
  });
  return [
    {
      name: '1 stream -> file',
      pods: 1,
      linesPerPod: lines,
      sink: 'file',
      roundTripMs: 0,
      peers: ['stern', 'kubectl', 'kail'],
      wants: [
        { kind: 'ratio', over: 'stern', times: 8 },
        { kind: 'ratio', over: 'kubectl', times: 3 },
      ],
    },
    many(50),
    many(200),
    {
      name: 'include and highlight -> pipe',
      pods: 1,
      linesPerPod: lines,
      sink: 'pipe',
      roundTripMs: 0,
      include: 'level=(error|warn)',
      highlight: 'status=5[0-9]{2}',
      peers: ['stern'],
      wants: [{ kind: 'ratio', over: 'stern', times: 4 }],
    },
    {
      name: '100 MiB over 20 ms -> pipe',
      pods: 1,
      // As sent, with timestamps: kmaint and stern ask for them, kubectl reads a quarter less.
      linesPerPod: Math.ceil((100 * mebibyte) / (messageBytes + stampBytes)),
      sink: 'pipe',
      roundTripMs: 20,
      peers: ['stern', 'kubectl'],
      wants: [{ kind: 'mebibytes', perSecond: 50 }],
    },
    {
      // kubetail forks for every line; more of them would only take longer.
      name: '4 streams of 3000 lines -> file',
      pods: 4,
      linesPerPod: 3000,
      sink: 'file',
      roundTripMs: 0,
      peers: ['stern', 'kail', 'kubetail'],
      wants: [],
    },
  ];
}

/** Medians of one tool in one case. */
export interface Median {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

export interface Verdict {
  readonly met: boolean;
  readonly text: string;
}

/** One verdict for each want; undefined where what it compares with was not measured. */
export function verdicts(one: Case, medians: ReadonlyMap<ToolName, Median>): readonly (Verdict | undefined)[] {
  const ours = medians.get('kmaint');
  if (!ours) return one.wants.map(() => undefined);
  return one.wants.map((want) => {
    if (want.kind === 'ratio') {
      const theirs = medians.get(want.over);
      return theirs && verdict(theirs.seconds / ours.seconds, want.times, ` x ${want.over}`, 1);
    }
    const lines = one.pods * one.linesPerPod;
    return want.kind === 'lines'
      ? verdict(lines / ours.seconds / 1e6, want.perSecond / 1e6, ' M lines/s', 2)
      : verdict((lines * (messageBytes + stampBytes)) / mebibyte / ours.seconds, want.perSecond, ' MiB/s', 0);
  });
}

function verdict(measured: number, wanted: number, unit: string, digits: number): Verdict {
  const met = measured >= wanted;
  return { met, text: `${measured.toFixed(digits)}${unit}, wanted ${String(wanted)}: ${met ? 'met' : 'NOT met'}` };
}

/** The middle one; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The value that so many of all are at most, by nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
