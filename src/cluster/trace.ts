/** One line about each exchange with the API server, for `-v`; never a header, so never a credential. */
import { STATUS_CODES } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Exchange } from './exchange.ts';

/** Starts to measure; the function returned writes `GET https://… 200 OK in 12 ms`. */
export function createTracer(
  clock: Clock,
  write: ((line: string) => void) | undefined,
): (method: string, url: URL) => (result: Exchange) => void {
  if (!write) return () => () => {};
  return (method, url) => {
    const startedMs = clock.monotonic();
    return (result) => {
      const code = result.kind === 'answered' ? (result.response.statusCode ?? 0) : 0;
      const end =
        result.kind === 'answered' ? `${code} ${STATUS_CODES[code] ?? ''}`.trim() : `failed: ${result.error.message}`;
      write(`${method} ${url.href} ${end} in ${Math.round(clock.monotonic() - startedMs)} ms`);
    };
  };
}
