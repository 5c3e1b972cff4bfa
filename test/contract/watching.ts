/** A watch as a test sees it: events as they come, and its end. */
import type { IncomingMessage } from 'node:http';
import { waitFor, type Api, type KubeObject } from '../support/api.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject & { code?: number; reason?: string; message?: string };
}

export interface Watching {
  readonly events: readonly WatchEvent[];
  /** True once the server has ended the answer properly. */
  readonly ended: boolean;
  /** The events without bookmarks as `TYPE name`, once there are so many. */
  told(count: number): Promise<string[]>;
  /** The first event that passes. */
  find(what: string, check: (event: WatchEvent) => boolean): Promise<WatchEvent>;
  close(): void;
}

/** Opens a watch; `path` carries all parameters but `watch`. */
export async function startWatch(api: Api, path: string): Promise<Watching> {
  const joint = path.includes('?') ? '&' : '?';
  const incoming = await api.stream('GET', `${path}${joint}watch=true`, { accept: 'application/json' }, '');
  const watching = read(incoming);
  if (incoming.statusCode !== 200) throw new Error(`the watch of ${path} was answered ${String(incoming.statusCode)}`);
  return watching;
}

function read(incoming: IncomingMessage): Watching {
  const events: WatchEvent[] = [];
  let rest = '';
  let ended = false;
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
  });
  incoming.on('end', () => (ended = true));
  incoming.on('error', () => {});
  const names = (): string[] =>
    events.filter(({ type }) => type !== 'BOOKMARK').map(({ type, object }) => `${type} ${object.metadata.name}`);
  return {
    events,
    get ended() {
      return ended;
    },
    told: (count) =>
      waitFor(`${String(count)} events`, async () => (names().length >= count ? names() : undefined), {
        timeoutMs: 10_000,
        everyMs: 10,
        describe: async () => JSON.stringify(events),
      }),
    find: (what, check) =>
      waitFor(what, async () => events.find((event) => check(event)), {
        timeoutMs: 20_000,
        everyMs: 2,
        describe: async () => JSON.stringify(events.slice(-5)),
      }),
    close: () => void incoming.destroy(),
  };
}
