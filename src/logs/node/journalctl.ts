/** Says in the words of journalctl what node-logs was asked for. */
import { shellQuoted } from '../../cli/command-line.ts';
import { isBareSpan } from './journal-time.ts';
import type { NodeLogsOptions } from './options.ts';

/** Arguments of journalctl. Its times go on as typed: what `today` is, the machine decides that has the journal. */
export function journalctlArgs(options: NodeLogsOptions): readonly string[] {
  const { units, follow, since, until, tailLines, grep, boot, output } = options;
  return [
    '--no-pager',
    '--utc',
    `--output=${output}`,
    ...units.map((unit) => `--unit=${unit}`),
    ...(follow ? ['--follow'] : []),
    ...(since === undefined ? [] : [`--since=${journalctlTime(since)}`]),
    ...(until === undefined ? [] : [`--until=${journalctlTime(until)}`]),
    ...(tailLines === undefined ? [] : [`--lines=${tailLines}`]),
    ...(grep === undefined ? [] : [`--grep=${grep}`]),
    ...(boot === undefined ? [] : [`--boot=${boot}`]),
  ];
}

/** `10m` is ours for `-10m`, and RFC 3339 is new to journalctl (systemd 255). */
export function journalctlTime(text: string): string {
  const trimmed = text.trim();
  if (isBareSpan(trimmed)) return `-${trimmed}`;
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)$/i.test(trimmed);
  return rfc3339 ? `@${Date.parse(trimmed) / 1000}` : trimmed.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ');
}

/** `tail` for a file. */
export function tailArgs({ file, follow, tailLines }: NodeLogsOptions): readonly string[] {
  const lines = `--lines=${tailLines ?? (follow ? 10 : '+1')}`;
  return [lines, ...(follow ? ['--follow=name', '--retry'] : []), '--', `/var/log/${file}`];
}

export interface ProgramCall {
  readonly file: string;
  readonly args: readonly string[];
}

/** What is run for a node, or for this machine. */
export function callFor(options: NodeLogsOptions, node: string | undefined): ProgramCall {
  const file = options.file === undefined ? 'journalctl' : 'tail';
  const args = options.file === undefined ? journalctlArgs(options) : tailArgs(options);
  if (node === undefined) return { file, args };
  // ssh joins its arguments, and a shell on the node takes them apart again.
  return { file: 'ssh', args: [node, '--', file, ...args.map(shellQuoted)] };
}
