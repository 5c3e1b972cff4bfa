/** What the API server of the soak answers, rightly or, when it is to, wrongly. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PodEvent, Run, SoakCluster } from './soak-cluster.ts';
import type { Faults } from './soak-faults.ts';
import { firstSince } from './soak-lines.ts';
import type { SoakStream, SoakStreams } from './soak-streams.ts';

type Trouble = Omit<Faults, 'refuse'>;

export class SoakApi {
  readonly #cluster: SoakCluster;
  readonly #streams: SoakStreams;
  readonly #random: () => number;
  readonly #watches = new Set<ServerResponse>();
  /** Older versions are answered with 410. */
  #oldest = 0;
  #down = new Set<string>();
  #throttledUntilMs = 0;

  constructor(cluster: SoakCluster, streams: SoakStreams, random: () => number) {
    this.#cluster = cluster;
    this.#streams = streams;
    this.#random = random;
    cluster.news.on('event', (event) => {
      for (const watch of this.#watches) sendEvent(watch, event);
    });
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://server');
    const [, name, container] = /^\/api\/v1\/namespaces\/soak\/pods(?:\/([^/]+)(\/log)?)?$/.exec(pathname) ?? [];
    if (!pathname.startsWith('/api/v1/namespaces/soak/pods'))
      sendStatus(response, 404, 'NotFound', `there is no ${pathname}`);
    else if (name === undefined) this.#pods(searchParams, response);
    else if (container === undefined) sendStatus(response, 405, 'MethodNotAllowed', 'single pods are not read here');
    else this.#log(name, searchParams, response);
  }

  /** @param reset breaks the connection of an answer */
  faults(reset: (response: ServerResponse) => void): Trouble {
    const cut = (stream: SoakStream): void => reset(stream.response);
    const one = (act: (stream: SoakStream) => void): boolean => {
      const stream = this.#streams.pick();
      if (stream) act(stream);
      return stream !== undefined;
    };
    return {
      reset: () => one(cut),
      cleanEnd: () => one((stream) => this.#streams.end(stream)),
      kubeletDown: (ms) => this.#kubeletDown(ms, cut),
      throttle: (ms) => {
        this.#throttledUntilMs = Date.now() + ms;
        return true;
      },
      dropWatch: () => this.#eachWatch((watch) => (this.#random() < 0.5 ? reset(watch) : watch.end())),
      expireWatch: () => {
        this.#oldest = this.#cluster.version + 1;
        // Half of the time it learns of it from the next answer.
        const told = this.#random() < 0.5;
        return this.#eachWatch((watch) =>
          watch.end(told ? eventText('ERROR', status(410, 'Expired', 'too old resource version')) : ''),
        );
      },
      restart: () => this.#cluster.restart(),
      recreate: () => this.#cluster.recreate(),
    };
  }

  #kubeletDown(ms: number, cut: (stream: SoakStream) => void): boolean {
    const node = `node-${String(Math.floor(this.#random() * 10))}`;
    if (this.#down.has(node)) return false;
    this.#down.add(node);
    for (const stream of this.#streams.ofNode(node)) cut(stream);
    setTimeout(() => this.#down.delete(node), ms);
    return true;
  }

  #eachWatch(act: (watch: ServerResponse) => void): boolean {
    const watches = [...this.#watches];
    this.#watches.clear();
    for (const watch of watches) act(watch);
    return watches.length > 0;
  }

  #pods(query: URLSearchParams, response: ServerResponse): void {
    const cluster = this.#cluster;
    if (!isTrue(query.get('watch'))) {
      const [, only] = /^metadata\.name=(.+)$/.exec(query.get('fieldSelector') ?? '') ?? [];
      const metadata = { resourceVersion: String(cluster.version) };
      sendJson(response, 200, { apiVersion: 'v1', kind: 'PodList', metadata, items: cluster.objects(only) });
      return;
    }
    const from = Number(query.get('resourceVersion') ?? 0);
    if (from < this.#oldest && from < cluster.version) {
      this.#oldest = 0;
      sendStatus(response, 410, 'Expired', `too old resource version: ${String(from)}`);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const event of cluster.events) if (event.version > from) sendEvent(response, event);
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
  }

  #log(name: string, query: URLSearchParams, response: ServerResponse): void {
    const pod = this.#cluster.pod(name);
    const container = pod?.containers.find((one) => one.name === query.get('container'));
    if (!pod || !container) {
      sendStatus(response, 404, 'NotFound', `pods "${name}" not found`);
      return;
    }
    if (Date.now() < this.#throttledUntilMs && this.#random() < 0.5) {
      response.setHeader('retry-after', '1');
      sendStatus(response, 429, 'TooManyRequests', 'the server has received too many requests');
      return;
    }
    if (this.#down.has(pod.node)) {
      const why = 'dial tcp 10.0.0.9:10250: connect: connection refused';
      sendStatus(response, 500, 'InternalError', `Get "https://10.0.0.9:10250/containerLogs": ${why}`);
      return;
    }
    const previous = isTrue(query.get('previous'));
    const run = container.runs.at(previous ? -2 : -1);
    if (!run) {
      const message = previous
        ? `previous terminated container "${container.name}" in pod "${name}" not found`
        : `container "${container.name}" in pod "${name}" is waiting to start: ContainerCreating`;
      sendStatus(response, 400, 'BadRequest', message);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    const limit = query.get('limitBytes');
    this.#streams.add({
      pod,
      container,
      run,
      response,
      follow: isTrue(query.get('follow')),
      next: firstOf(run, query, this.#cluster.nowMs),
      rest: '',
      limitBytes: limit === null ? undefined : Number(limit),
    });
  }
}

/** The first line that was asked for. */
function firstOf(run: Run, query: URLSearchParams, nowMs: number): number {
  const seconds = query.get('sinceSeconds');
  const time = query.get('sinceTime');
  const tail = query.get('tailLines');
  const sinceMs = seconds === null ? (time === null ? -Infinity : Date.parse(time)) : nowMs - Number(seconds) * 1000;
  const since = sinceMs === -Infinity ? 0 : firstSince(run, sinceMs);
  return Math.min(run.lines, Math.max(since, tail === null ? 0 : run.lines - Number(tail)));
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

function status(code: number, reason: string, message: string): object {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code };
}

function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  sendJson(response, code, status(code, reason, message));
}

function sendJson(response: ServerResponse, code: number, value: object): void {
  const text = Buffer.from(JSON.stringify(value));
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}

function eventText(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function sendEvent(response: ServerResponse, { type, object }: PodEvent): void {
  response.write(eventText(type, object));
}
