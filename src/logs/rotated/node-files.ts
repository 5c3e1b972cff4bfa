/** The log files of containers as their node serves them: through the API server and the kubelet, below /var/log/pods. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Kubectl } from '../../cli/kubectl.ts';
import type { Clock } from '../../clock.ts';
import type { LogCluster } from '../../cluster/log-cluster.ts';
import type { NodeLogAnswer, NodeLogQuery } from '../../cluster/node-log.ts';
import type { LogSource } from '../line.ts';
import { rotatedAmong, type RotatedName } from '../local/names.ts';
import { namesIn } from './listing.ts';

export interface NodeFilesDeps {
  readonly openNodeLog: LogCluster['openNodeLog'];
  readonly clock: Clock;
  /** Writes commands of hints. */
  readonly kubectl: Kubectl;
}

/** Why files cannot be read. */
export type Refusal =
  /** Of every node: the user may not. */
  | { readonly kind: 'forbidden'; readonly why: string }
  /** Of this node. */
  | { readonly kind: 'node'; readonly why: string }
  /** Of this file or folder. */
  | { readonly kind: 'missing'; readonly why: string };

export type Listed = { readonly kind: 'files'; readonly files: readonly RotatedName[] } | Refusal;

const tries = 3;
const pauseMs = 1_000;
/** A folder with so long a page is none of a container. */
const longestPage = 1024 * 1024;

/** Below /var/log. The files of a static pod are named after the hash of its manifest. */
export function folderOf({ namespace, pod, podUid, container, annotations }: LogSource): string {
  const uid = annotations['kubernetes.io/config.mirror'] ?? podUid;
  return `pods/${namespace}_${pod}_${uid}/${container}`;
}

/** The rotated files of one run of the container, the oldest first. Throws the signal's reason. */
export async function listRotated(
  deps: NodeFilesDeps,
  source: LogSource,
  run: number,
  signal: AbortSignal,
): Promise<Listed> {
  const answer = await ask(deps, source.node, { kind: 'folder', path: folderOf(source) }, signal);
  if (answer.kind !== 'stream') return refusalOf(answer, source.node, deps.kubectl);
  let page = '';
  try {
    for await (const chunk of answer.body) {
      page += (chunk as Buffer).toString('latin1');
      if (page.length > longestPage) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'missing', why: error instanceof Error ? error.message : String(error) };
  }
  return { kind: 'files', files: rotatedAmong(namesIn(page), `${run}.log`) };
}

export type Opened = { readonly kind: 'bytes'; readonly bytes: Readable } | Refusal;

/** The bytes of a file, unpacked; whoever gets them reads or destroys them. */
export async function openRotated(
  deps: NodeFilesDeps,
  source: LogSource,
  file: RotatedName,
  signal: AbortSignal,
): Promise<Opened> {
  const open = (name: string): Promise<NodeLogAnswer> =>
    ask(deps, source.node, { kind: 'file', path: `${folderOf(source)}/${name}` }, signal);
  let answer = await open(file.name);
  let { packed } = file;
  if (answer.kind === 'no-file' && !packed) {
    // It may have been packed a moment ago.
    answer = await open(`${file.name}.gz`);
    packed = true;
  }
  if (answer.kind !== 'stream') return refusalOf(answer, source.node, deps.kubectl);
  return { kind: 'bytes', bytes: packed ? unpacked(answer.body) : answer.body };
}

function unpacked(body: IncomingMessage): Readable {
  return pipeline(body, createGunzip({ chunkSize: 256 * 1024 }), () => {});
}

async function ask(
  { openNodeLog, clock }: NodeFilesDeps,
  node: string,
  query: NodeLogQuery,
  signal: AbortSignal,
): Promise<NodeLogAnswer> {
  for (let left = tries - 1; ; left -= 1) {
    const answer = await openNodeLog(node, query, signal);
    if (answer.kind !== 'transient' || left === 0) return answer;
    await clock.sleep(Math.max(pauseMs, answer.retryAfterMs ?? 0), signal);
  }
}

function refusalOf(answer: Exclude<NodeLogAnswer, { kind: 'stream' }>, node: string, kubectl: Kubectl): Refusal {
  switch (answer.kind) {
    case 'forbidden':
      return {
        kind: 'forbidden',
        why: `you may not read the files of nodes (get on nodes/proxy; ${kubectl('auth', 'can-i', 'get', 'nodes', '--subresource=proxy')}): ${answer.error.message}`,
      };
    case 'no-node':
    case 'not-enabled':
      return { kind: 'node', why: `the kubelet of ${node} serves no files: ${answer.message}` };
    case 'refused':
      return { kind: 'node', why: answer.error.message };
    default:
      return { kind: 'missing', why: answer.message };
  }
}
