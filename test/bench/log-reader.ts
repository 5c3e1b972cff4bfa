/** Reads logs and throws them away: how fast the log server is when its reader does nothing. */
import https from 'node:https';
import type { LogServer } from './log-server.ts';
import type { LogWorld } from './log-world.ts';

export interface RawRead {
  readonly seconds: number;
  readonly bytes: number;
}

/** Reads all containers' logs at once, each on a connection of its own, with timestamps. */
export async function readRaw(server: LogServer, world: LogWorld): Promise<RawRead> {
  const agent = new https.Agent({ ca: server.ca, keepAlive: false });
  const startMs = performance.now();
  const sizes = await Promise.all(
    world.pods.flatMap((pod) =>
      pod.containers.map(({ name }) =>
        readOne(
          `${server.url}/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log?container=${name}&timestamps=true`,
          agent,
        ),
      ),
    ),
  );
  agent.destroy();
  return { seconds: (performance.now() - startMs) / 1000, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function readOne(url: string, agent: https.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    https
      .get(url, { agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url}: ${String(response.statusCode)}`));
        let bytes = 0;
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('error', reject);
        response.on('end', () => resolve(bytes));
      })
      .on('error', reject);
  });
}
