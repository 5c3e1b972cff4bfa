/** How a program that ran in a container ended, as the server tells it on a channel of its own. */
import type { ClusterError } from '../errors.ts';

/** How an exec ended; every expected end is a member, none an exception. */
export type ExecEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** The runtime has no such program in the container, or could not start it. */
  | { readonly kind: 'not-started'; readonly message: string }
  /** Before it was said how the program ended; worth another try, as what never came to be for a passing reason. */
  | { readonly kind: 'cut'; readonly message: string }
  /** No such pod. */
  | { readonly kind: 'gone'; readonly message: string }
  /** Will not get better by itself. */
  | { readonly kind: 'refused'; readonly error: ClusterError };

/** Longer than all that servers say. */
const longestBytes = 64 * 1024;

export class ExecStatus {
  #text = '';

  push(bytes: Buffer): void {
    if (this.#text.length < longestBytes) this.#text += bytes.toString('latin1');
  }

  /** `closing`: what was said when the connection ended, should there be no status. */
  end(closing: string): ExecEnd {
    const status = parse(Buffer.from(this.#text, 'latin1').toString('utf8'));
    if (!status) return { kind: 'cut', message: closing === '' ? 'the connection was closed' : closing };
    if (status.status === 'Success') return { kind: 'exited', code: 0 };
    const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
    if (status.reason === 'NonZeroExitCode' && code !== undefined) return { kind: 'exited', code: Number(code) };
    return { kind: 'not-started', message: withoutWrapping(status.message) };
  }
}

/** Kubelet and API server both put the same words in front of what the runtime says. */
function withoutWrapping(message = ''): string {
  return message.replace(/^(?:Internal error occurred: )+/, '') || 'the program could not be started';
}

interface WireStatus {
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** A `meta/v1` Status; undefined for what is none, or was cut off. */
function parse(text: string): WireStatus | undefined {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status !== 'object' || status === null || !('status' in status)) return undefined;
    return typeof status.status === 'string' ? (status as WireStatus) : undefined;
  } catch {
    return undefined;
  }
}
