/** A TCP proxy that hands everything on half a round trip later, as a link of that length would. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DelayProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * What may be under way in one direction at once: Linux lets the window of a connection grow to this by itself
 * (`tcp_rmem`), so that a link of 20 ms carries 300 MiB/s at most.
 */
const windowBytes = 6 * 1024 * 1024;

/** Listens on a free port of loopback and forwards to `targetPort` there. */
export async function startDelayProxy(targetPort: number, roundTripMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      // A reset of one side ends the other; nobody here waits for the reason.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroySoon();
      });
      forward(from, to, roundTripMs / 2);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface OnItsWay {
  /** Undefined: the end. */
  readonly chunk: Buffer | undefined;
  readonly dueMs: number;
}

function forward(from: Socket, to: Socket, delayMs: number): void {
  const queue: OnItsWay[] = [];
  let queuedBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let blocked = false;

  function deliver(): void {
    timer = undefined;
    while (!blocked) {
      const next = queue[0];
      if (!next) break;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0.2) {
        timer = setTimeout(deliver, waitMs);
        return;
      }
      queue.shift();
      if (!next.chunk) {
        to.end();
        return;
      }
      queuedBytes -= next.chunk.length;
      if (!to.destroyed) blocked = !to.write(next.chunk);
    }
    if (queuedBytes < windowBytes) from.resume();
  }

  function enqueue(chunk: Buffer | undefined): void {
    queue.push({ chunk, dueMs: performance.now() + delayMs });
    queuedBytes += chunk?.length ?? 0;
    if (queuedBytes >= windowBytes) from.pause();
    if (!timer && !blocked) timer = setTimeout(deliver, delayMs);
  }

  from.on('data', enqueue);
  from.on('end', () => enqueue(undefined));
  to.on('drain', () => {
    blocked = false;
    if (!timer) deliver();
  });
  to.on('close', () => clearTimeout(timer));
}
