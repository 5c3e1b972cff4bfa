/** Reads a file below a node's /var/log through the kubelet, and goes on from where it stood. */
import type { IncomingMessage } from 'node:http';
import { createBackoff } from '../../backoff.ts';
import type { NodeLogAnswer } from '../../cluster/node-log.ts';
import { FilePlace } from './file-place.ts';
import { LastLines } from './last-lines.ts';
import { mostFailures } from './next.ts';
import { unfinishedError, type Refusal } from './problems.ts';
import { readChunks, type NodeReadDeps } from './read-journal.ts';

export interface FileRequest {
  readonly node: string;
  /** Below /var/log. */
  readonly path: string;
  readonly follow: boolean;
  /** The last so many lines of what is there at first. */
  readonly tailLines: number | undefined;
}

const pollMs = 2_000;

/**
 * Resolves when all is read, or with the refusal that ends it; without an end while it follows. Every answer is the whole
 * file, for the kubelet has no other.
 *
 * @throws KmaintError `node-logs.unfinished` where the answers keep breaking; the signal's reason
 */
export async function readNodeFile(deps: NodeReadDeps, request: FileRequest): Promise<Refusal | undefined> {
  const { cluster, clock, signal, outlet, say } = deps;
  const { node, path, follow } = request;
  let tail = request.tailLines === undefined ? undefined : new LastLines(request.tailLines);
  const place = new FilePlace({
    line: (line) => (tail ? tail.push(line) : outlet.print('', line)),
    replaced: () => say(`/var/log/${path} is a new file: reading it from its beginning`),
  });
  const backoff = createBackoff(500, 15_000, () => 0.5);
  let failures = 0;
  let begun = false;
  for (;;) {
    const answer = await cluster.openNodeLog(node, { kind: 'file', path }, signal);
    // Between two files of a rotation there is none for a moment.
    const missing = answer.kind === 'no-file' && begun;
    if (answer.kind !== 'stream' && answer.kind !== 'transient' && !missing) return answer;
    const whole = answer.kind === 'stream' && (await readOnce(deps, answer.body, place, !follow));
    begun ||= answer.kind === 'stream';
    if (whole) {
      for (const line of tail?.take() ?? []) outlet.print('', line);
      tail = undefined;
    }
    if (whole && !follow) return undefined;
    failures = whole || missing ? 0 : failures + 1;
    if (failures === 0) {
      backoff.reset();
      await clock.sleep(pollMs, signal);
      continue;
    }
    const why = whyOf(answer);
    if (!follow && failures >= mostFailures) throw unfinishedError(node, why);
    if (failures === 1) say(`cannot be read now, trying again: ${why}`);
    const askedMs = answer.kind === 'transient' ? (answer.retryAfterMs ?? 0) : 0;
    await clock.sleep(Math.max(askedMs, backoff.nextMs()), signal);
  }
}

function whyOf(answer: NodeLogAnswer): string {
  return answer.kind === 'transient' ? answer.message : 'its answers break off';
}

/** Gives what is new in one answer; resolves to whether it came to its end. */
async function readOnce(
  { signal, outlet }: NodeReadDeps,
  body: IncomingMessage,
  place: FilePlace,
  last: boolean,
): Promise<boolean> {
  const length = Number(body.headers['content-length'] ?? Number.NaN);
  if (!place.begin(length, body.headers['last-modified'])) {
    body.destroy();
    return true;
  }
  const closed = await readChunks(body, signal, async (chunk) => {
    place.push(chunk);
    await outlet.ready();
  });
  place.end(closed, last);
  return closed;
}
