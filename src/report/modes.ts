/** Which way of showing progress, and whether in colour, fits the streams and the environment at hand. */

export type Progress = 'auto' | 'live' | 'plain' | 'quiet';
export type Color = 'auto' | 'always' | 'never';
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked of a stream to know whether a person sits behind it. */
export interface StreamKind {
  readonly isTTY?: boolean | undefined;
}

export interface ProgressChoice {
  readonly mode: 'live' | 'plain' | 'quiet';
  /** Set when what was asked for cannot be had. */
  readonly warning: string | undefined;
}

/**
 * `auto` is live only where both streams are terminals: with stdout in a pipe (`| tee`) its lines may reach the same
 * screen behind our back and ruin the block. An explicit `live` needs stderr alone.
 */
export function chooseProgress(
  asked: Progress,
  streams: { readonly stdout: StreamKind; readonly stderr: StreamKind },
  env: Environment,
): ProgressChoice {
  const movable = streams.stderr.isTTY === true && env['TERM'] !== 'dumb';
  if (asked === 'live' && !movable) {
    return { mode: 'plain', warning: '--progress live needs a terminal on stderr; showing plain progress' };
  }
  if (asked !== 'auto') return { mode: asked, warning: undefined };
  const live = movable && streams.stdout.isTTY === true && !isSet(env['CI']);
  return { mode: live ? 'live' : 'plain', warning: undefined };
}

/** `--color`, then FORCE_COLOR, then NO_COLOR (Node's own order), then whether the stream is a terminal that can. */
export function chooseColor(asked: Color, stream: StreamKind, env: Environment): boolean {
  if (asked !== 'auto') return asked === 'always';
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
