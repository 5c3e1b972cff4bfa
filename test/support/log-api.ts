/** An API server over HTTP whose pods and logs are what the test says, byte by byte. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One container's status. */
export interface ApiContainer {
  readonly state: 'running' | 'waiting' | 'terminated';
  /** Of the run in hand, or of the last; without it there was none. */
  readonly id?: string;
  readonly restarts?: number;
  /** Why it waits, or how the run ended. */
  readonly reason?: string;
  readonly exitCode?: number;
  /** How the run before the one in hand ended. */
  readonly last?: { readonly id: string; readonly reason: string; readonly exitCode: number };
}

export interface ApiPod {
  readonly name: string;
  readonly uid?: string;
  readonly node?: string;
  readonly ready?: boolean;
  /** By name. */
  readonly containers: Readonly<Record<string, ApiContainer>>;
}

export interface LogAsked {
  readonly pod: string;
  readonly container: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

/** Writes what it likes, and ends it or not. */
export type LogHandler = (asked: LogAsked, response: ServerResponse) => void;

export class LogApi {
  /** All requests for logs, in order. */
  readonly asked: LogAsked[] = [];
  /** Answers them. */
  onLog: LogHandler = (_, response) => void response.writeHead(200).end();
  /** Answers a request for pods instead of the pods, where it returns true. */
  onPods: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  readonly #pods = new Map<string, ApiPod>();
  readonly #watches = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #version = 100;

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Watches that are open. */
  get watches(): number {
    return this.#watches.size;
  }

  /** On the port that it had before, if any. */
  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks what is open; from now on nothing answers. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await ended;
  }

  /** A pod that is new, or not as it was. */
  put(pod: ApiPod): void {
    const type = this.#pods.has(pod.name) ? 'MODIFIED' : 'ADDED';
    this.#pods.set(pod.name, pod);
    this.#tell(type, pod);
  }

  remove(name: string): void {
    const pod = this.#pods.get(name);
    this.#pods.delete(name);
    if (pod) this.#tell('DELETED', pod);
  }

  #tell(type: string, pod: ApiPod): void {
    this.#version += 1;
    const event = `${JSON.stringify({ type, object: podObject(pod, this.#version) })}\n`;
    for (const watch of this.#watches) watch.write(event);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const [, name, isLog] = /^\/api\/v1\/namespaces\/default\/pods(?:\/([^/]+)(\/log)?)?$/.exec(pathname) ?? [];
    if (name !== undefined && isLog !== undefined) {
      const query = Object.fromEntries(searchParams);
      const asked = { pod: name, container: query['container'] ?? '', query, headers: request.headers };
      this.asked.push(asked);
      this.onLog(asked, response);
    } else if (!pathname.endsWith('/default/pods')) sendStatus(response, 404, `there is no ${pathname}`);
    else if (this.onPods?.(request, response) !== true) this.#list(searchParams, response);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    if (query.get('watch') === null) {
      const items = [...this.#pods.values()].map((pod) => podObject(pod, this.#version));
      const metadata = { resourceVersion: String(this.#version) };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ apiVersion: 'v1', kind: 'PodList', metadata, items }));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  429: 'TooManyRequests',
  500: 'InternalError',
};

/** A refusal, as the API server words it. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  const reason = reasons[code] ?? 'BadRequest';
  response.end(JSON.stringify({ apiVersion: 'v1', kind: 'Status', status: 'Failure', message, reason, code }));
}

/** A line as a kubelet sends it, so many seconds after the start of 2026. */
export function lineAt(seconds: number, text: string): string {
  const stamp = new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000).toISOString();
  return `${stamp.replace('Z', '000000Z')} ${text}\n`;
}

function podObject(
  { name, uid = `uid-${name}`, node = 'node1', ready = true, containers }: ApiPod,
  version: number,
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name, uid, resourceVersion: String(version) },
    spec: { nodeName: node, containers: Object.keys(containers).map((one) => ({ name: one, image: 'web:1' })) },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: Object.entries(containers).map(([one, container]) => statusOf(one, container)),
    },
  };
}

function statusOf(name: string, { state, id, restarts = 0, reason, exitCode = 1, last }: ApiContainer): object {
  const before = last && {
    lastState: { terminated: { ...last, id: undefined, containerID: `containerd://${last.id}` } },
  };
  const shared = { name, image: 'web:1', imageID: '', restartCount: restarts, ready: state === 'running', ...before };
  const containerID = id === undefined ? undefined : `containerd://${id}`;
  const ended = { exitCode, reason: reason ?? 'Error', containerID };
  if (state === 'running') return { ...shared, containerID, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
  if (state === 'terminated') return { ...shared, containerID, state: { terminated: ended } };
  const lastState = containerID === undefined ? {} : { lastState: { terminated: { ...ended, reason: 'Error' } } };
  return { ...shared, ...lastState, state: { waiting: { reason: reason ?? 'ContainerCreating' } } };
}
