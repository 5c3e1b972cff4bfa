/** The API server of the soak, in a process of its own; `soak-server.ts` starts it. */
import type { ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { makeServerIdentity } from '../../src/playground/certificates.ts';
import { SoakCluster } from './soak-cluster.ts';
import { createRandom } from '../../src/playground/controllers/random.ts';
import { createTrouble, type Faults, type Trouble } from './soak-faults.ts';
import { SoakApi } from './soak-api.ts';
import { stepFor } from './soak-lines.ts';
import { broken, SoakStreams } from './soak-streams.ts';
import type { FromSoak, SoakStart, ToSoak } from './soak-server.ts';

const tell = (message: FromSoak): void => void process.send?.(message);

const tickMs = 20;

async function start({ containers, lines, linesPerSecond, seed, faults: chosen }: SoakStart): Promise<void> {
  const identity = await makeServerIdentity(Date.now());
  const random = createRandom(seed);
  const cluster = new SoakCluster({ containers, lines, stepMs: stepFor(linesPerSecond), random });
  const streams = new SoakStreams(cluster, random);
  const api = new SoakApi(cluster, streams, random);
  const sockets = new Set<Socket>();
  const secure = createSecureServer({ key: identity.key, cert: identity.cert }, (request, response) =>
    api.answer(request, response),
  );
  secure.on('tlsClientError', () => {});
  secure.keepAliveTimeout = 60_000;
  // Its sockets are kept, so that they can be reset below TLS.
  const door = (): Server =>
    createServer((socket) => {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      secure.emit('connection', socket);
    });

  let server = door();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  const { port } = server.address() as AddressInfo;

  const reset = (socket: Socket): void => {
    broken.add(socket);
    socket.resetAndDestroy();
  };
  const resetBelow = (response: ServerResponse): void => {
    const port = response.socket?.remotePort;
    for (const socket of sockets) if (socket.remotePort === port) reset(socket);
    if (response.socket) broken.add(response.socket);
  };
  let refusing = false;
  const faults: Faults = {
    ...api.faults(resetBelow),
    refuse(ms) {
      if (refusing) return false;
      refusing = true;
      const old = server;
      old.close();
      for (const stream of streams.all()) if (stream.response.socket) broken.add(stream.response.socket);
      for (const socket of sockets) reset(socket);
      setTimeout(() => {
        server = door();
        server.listen(port, '127.0.0.1', 4096, () => (refusing = false));
      }, ms);
      return true;
    },
  };
  let trouble: Trouble | undefined;
  process.on('message', (message: ToSoak) => {
    if (message.kind === 'trouble') trouble ??= createTrouble(faults, chosen, random, cluster.nowMs);
  });
  setInterval(() => {
    if (cluster.advance(tickMs)) trouble?.until(cluster.nowMs);
    streams.tick();
  }, tickMs);
  setInterval(() => {
    if (!trouble) return;
    const { full, written } = cluster;
    const runs = full ? cluster.runs() : [];
    tell({ kind: 'state', written, full, open: streams.size, counts: trouble.counts, runs });
  }, 500);
  tell({ kind: 'ready', port, ca: identity.ca });
}

process.once('message', (message: ToSoak) => {
  if (message.kind !== 'start') return;
  start(message).catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
process.on('disconnect', () => process.exit());
