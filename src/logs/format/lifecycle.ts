/** What is said on stderr about the streams: which begin and end, what may be missing, how a container ended. */
import type { Termination } from '../../cluster/log-pod.ts';
import { harmlessLine } from '../../report/harmless.ts';
import type { LogSource } from '../line.ts';
import { inkOf } from './ink.ts';
import { lookOf, type LookOptions } from './look.ts';
import type { Stamp } from './timestamp.ts';

/** Lines without their line feed. */
export interface LifecycleText {
  /** `+ POD › CONTAINER`, as in stern. */
  readonly attached: (source: LogSource) => string;
  /** `- POD › CONTAINER`, as in stern. */
  readonly detached: (source: LogSource) => string;
  /**
   * `! POD › CONTAINER: possible gap 02:16:18..02:16:25 (WHY)`; both ends are timestamps of the server, or empty, and then
   * there is no span.
   */
  readonly gap: (source: LogSource, from: string, to: string, why: string) => string;
  /** `~ POD › CONTAINER: OOMKilled exit=137`. */
  readonly terminated: (source: LogSource, termination: Termination) => string;
  /** `! POD › CONTAINER: MESSAGE, will retry (attempt 3)`. */
  readonly retry: (source: LogSource, message: string, attempt: number) => string;
  /** `! POD › CONTAINER: MESSAGE`, for what the server says instead of lines and for all other news. */
  readonly notice: (source: LogSource, message: string) => string;
  /** `error: POD › CONTAINER: MESSAGE`. */
  readonly failed: (source: LogSource, message: string) => string;
}

/** `stamp` is the one of `default` timestamps, see `formatterOf`; without it times are shown as the server has them. */
export function lifecycleText(options: LookOptions, stamp?: Stamp): LifecycleText {
  const look = lookOf(options);
  const place = (source: LogSource): string => {
    const [pod, container] = look.inksFor(source);
    const names = [pod.wrap(source.pod), '›', container.wrap(source.container)];
    if (look.showNamespace) names.unshift(pod.wrap(source.namespace));
    if (look.showContext && source.context !== undefined) names.unshift(pod.wrap(source.context));
    return names.join(' ');
  };
  const mark = (sign: string, code: number): string => (look.coloured ? inkOf(code, 1).wrap(sign) : sign);
  const [begun, ended, warned, happened] = [mark('+', 92), mark('-', 91), mark('!', 93), mark('~', 95)];
  // Messages of servers can hold line feeds, and what acts on terminals.
  const news = (source: LogSource, message: string): string => `${place(source)}: ${harmlessLine(message)}`;
  const notice = (source: LogSource, message: string): string => `${warned} ${news(source, message)}`;
  return {
    attached: (source) => `${begun} ${place(source)}`,
    detached: (source) => `${ended} ${place(source)}`,
    gap: (source, from, to, why) => notice(source, `possible gap ${spanText(from, to, stamp)}(${why})`),
    terminated: (source, termination) => `${happened} ${news(source, endText(termination))}`,
    retry: (source, message, attempt) => notice(source, `${message}, will retry (attempt ${attempt})`),
    notice,
    failed: (source, message) => `error: ${news(source, message)}`,
  };
}

function endText({ reason, exitCode, signal }: Termination): string {
  const parts = [reason ?? 'Terminated', `exit=${exitCode}`];
  if (signal !== undefined && signal !== 0) parts.push(`signal=${signal}`);
  return parts.join(' ');
}

/** Of one day: the times alone; otherwise with their dates. With a space behind it. */
function spanText(from: string, to: string, stamp: Stamp | undefined): string {
  if (from === '' && to === '') return '';
  const [begin, end] = [stamp?.(from) ?? from, stamp?.(to) ?? to];
  const cut = begin.slice(0, 10) === end.slice(0, 10) ? 11 : 0;
  return `${begin.slice(cut, 19)}..${end.slice(cut, 19)} `;
}

/** Said once where lines are cut, whatever they come from. */
export function linesCut(maxLineBytes: number): string {
  return `lines of more than ${maxLineBytes} bytes are cut (--max-line-bytes)`;
}
