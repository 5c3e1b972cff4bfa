/** A node that serves the files of one container, below a kubelet that serves its log. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { NodeLogAnswer, NodeLogQuery } from '../../../src/cluster/node-log.ts';
import type { LogCluster } from '../../../src/cluster/log-cluster.ts';
import type { LogSource } from '../../../src/logs/line.ts';
import { rotatedReader } from '../../../src/logs/rotated/reader.ts';
import type { ContainerStreamRequest, StreamEnd, StreamNotice } from '../../../src/logs/stream/stream.ts';
import { FakeClock } from '../../support/clock.ts';
import type { Kubelet } from '../stream/kubelet.ts';
import { aRequest, kubectl, ref, Watched } from '../stream/world.ts';
import { aSource } from '../../support/log-source.ts';

export const source = aSource({ namespace: ref.namespace, pod: ref.pod, podUid: 'u1', container: ref.container });

export class Node {
  readonly files = new Map<string, Buffer>();
  readonly asked: NodeLogQuery[] = [];
  /** What is answered next, in place of what is there. */
  readonly answers: NodeLogAnswer[] = [];
  /** Where the files are. */
  folder = 'pods/default_web-1_u1';
  /** Called before each answer. */
  before: (query: NodeLogQuery) => void = () => {};

  readonly open: LogCluster['openNodeLog'] = (_, query) => {
    this.asked.push(query);
    this.before(query);
    const scripted = this.answers.shift();
    return Promise.resolve(scripted ?? this.#answer(query));
  };

  /** A file of records, as containerd writes them; the lines are as the API gives them. */
  put(name: string, lines: readonly string[]): void {
    const text = lines.map((line) => `${line.replace(' ', ' stdout F ')}\n`).join('');
    this.files.set(name, name.endsWith('.gz') ? gzipSync(text) : Buffer.from(text));
  }

  #answer(query: NodeLogQuery): NodeLogAnswer {
    if (query.kind === 'units') throw new Error('nobody asks for units');
    const [folder = '', name] = query.path.split('/app/');
    if (query.kind === 'folder') return stream([Buffer.from(page([...this.files.keys()]))]);
    const bytes = folder === this.folder ? this.files.get(name ?? '') : undefined;
    // In pieces, for lines do not end where chunks do.
    return bytes
      ? stream([bytes.subarray(0, 61), bytes.subarray(61, 200), bytes.subarray(200)].map((one) => Buffer.from(one)))
      : { kind: 'no-file', message: '404' };
  }
}

function stream(chunks: readonly Buffer[]): NodeLogAnswer {
  return { kind: 'stream', body: Readable.from(chunks, { objectMode: false }) as IncomingMessage };
}

/** As Go's file server writes it. */
export function page(names: readonly string[]): string {
  const links = names.map((name) => `<a href="${encodeURIComponent(name)}">${name}</a>\n`).join('');
  return `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links}</pre>\n`;
}

export interface Run {
  readonly node: Node;
  readonly kubelet: Kubelet;
  readonly watched: Watched;
  readonly clock: FakeClock;
  readonly notices: readonly StreamNotice[];
  readonly ended: Promise<StreamEnd | Error>;
  readonly lines: () => readonly string[];
  readonly said: () => readonly string[];
  /** Why lines may be missing. */
  readonly gaps: () => readonly string[];
  readonly stop: () => void;
}

/** Begins to read; nothing has happened yet when it returns. */
export function read(
  node: Node,
  kubelet: Kubelet,
  request: Partial<ContainerStreamRequest> = {},
  from: Partial<LogSource> = {},
): Run {
  const clock = new FakeClock();
  const watched = new Watched();
  const controller = new AbortController();
  const notices: StreamNotice[] = [];
  let text = '';
  const ended = rotatedReader({ openNodeLog: node.open, clock })(
    { ...source, ...from },
    { open: kubelet.answer, clock, kubectl, random: () => 0.5, container: watched.container, changed: watched.changed },
    { ...aRequest, ...request },
    {
      async block(block) {
        // Whoever is given lines may take his time.
        await new Promise((resolve) => setImmediate(resolve));
        text += block.toString();
      },
      notice: (notice) => void notices.push(notice),
    },
    controller.signal,
  ).catch((error: unknown) => error as Error);
  return {
    node,
    kubelet,
    watched,
    clock,
    notices,
    ended,
    lines: () => text.split('\n').slice(0, -1),
    said: () => notices.flatMap((notice) => (notice.kind === 'server-message' ? notice.text : [])),
    gaps: () => notices.flatMap((notice) => (notice.kind === 'gap' ? notice.why : [])),
    stop: () => controller.abort(new Error('the test is over')),
  };
}
