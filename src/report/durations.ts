/** Durations for people. */

/** `5s`, `1m05s`, `2h03m`; whole seconds, rounded down. */
export function elapsedText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${pad(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
}

/** The same, rounded up to at least a second: a wait is never announced as shorter than it is. */
export function waitText(ms: number): string {
  return elapsedText(Math.max(1, Math.ceil(ms / 1000)) * 1000);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
