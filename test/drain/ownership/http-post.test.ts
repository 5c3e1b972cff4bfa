import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpPost } from '../../../src/drain/ownership/http-post.ts';

interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const servers: http.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function aServer(answer: (response: http.ServerResponse) => void): Promise<{ url: string; got: Got[] }> {
  const got: Got[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

const { signal } = new AbortController();

describe('a POST to a URL of the user', () => {
  it('sends JSON and tells the status', async () => {
    const { url, got } = await aServer((response) => response.writeHead(204).end());
    expect(await httpPost(`${url}/hook?key=1`, '{"grüße":1}', { signal })).toBe(204);
    expect(got).toEqual([
      {
        method: 'POST',
        url: '/hook?key=1',
        headers: expect.objectContaining({ 'content-type': 'application/json', 'content-length': '13' }) as object,
        body: '{"grüße":1}',
      },
    ]);
  });

  it('does not follow redirects', async () => {
    const other = await aServer((response) => response.writeHead(200).end());
    const { url } = await aServer((response) => response.writeHead(307, { location: other.url }).end());
    expect(await httpPost(url, '{}', { signal })).toBe(307);
    expect(other.got).toEqual([]);
  });

  it('does not wait for the body of the answer', async () => {
    const { url } = await aServer((response) => response.writeHead(200).write('and so on'));
    expect(await httpPost(url, '{}', { signal })).toBe(200);
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const { url } = await aServer(() => controller.abort(new Error('enough')));
    await expect(httpPost(url, '{}', { signal: controller.signal })).rejects.toThrow('enough');
    await expect(httpPost(url, '{}', { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('rejects when nobody listens or the connection breaks, without showing the URL', async () => {
    const { url } = await aServer((response) => response.socket?.destroy());
    await expect(httpPost(`${url}/s3cret`, '{}', { signal })).rejects.toThrow(/^(?!.*s3cret)/);
    await expect(httpPost('http://127.0.0.1:1/s3cret', '{}', { signal })).rejects.toThrow(/ECONNREFUSED(?!.*s3cret)/);
    await expect(httpPost('s3cret', '{}', { signal })).rejects.toThrow('not a URL');
  });
});
