import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { reviewAccess, type AccessQuestion } from '../../../src/playground/api/access.ts';
import { discoveryAnswer } from '../../../src/playground/api/discovery.ts';
import { isProtobuf } from '../../../src/playground/api/protobuf.ts';
import { run, type Ended } from '../../support/kmaint.ts';

/** Nothing but discovery and reviews, so that a rule can say no. */
describe.skipIf(inject('tier') !== 'up')('kubectl auth', () => {
  const asked: AccessQuestion[] = [];
  let protobufBodies = 0;
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      void (async () => {
        const path = request.url?.replace(/\?.*/, '') ?? '';
        const body = await buffer(request);
        if (isProtobuf(request.headers['content-type'])) protobufBodies += 1;
        const answer =
          request.method === 'POST'
            ? await reviewAccess(path, body, (question) => {
                asked.push(question);
                return question.resource === 'secrets' ? 'not those' : undefined;
              })
            : discoveryAnswer(path, 'application/json');
        const status = answer === undefined ? 404 : request.method === 'POST' ? 201 : 200;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function auth(...words: string[]): Promise<Ended> {
    const { port } = server.address() as AddressInfo;
    const home = '/nonexistent';
    return run(inject('kubectl'), ['--server', `http://127.0.0.1:${String(port)}`, 'auth', ...words], {
      env: { HOME: home },
    });
  }

  it('understands yes and no, whichever encoding it chooses', async () => {
    expect(await auth('can-i', 'create', 'pods', '--subresource=eviction', '-n', 'shop')).toMatchObject({
      code: 0,
      stdout: 'yes\n',
    });
    expect(asked.at(-1)).toMatchObject({
      verb: 'create',
      resource: 'pods',
      subresource: 'eviction',
      namespace: 'shop',
    });
    expect(await auth('can-i', 'get', 'secrets')).toMatchObject({ code: 1, stdout: 'no - not those\n' });
    expect(await auth('can-i', 'get', '/healthz')).toMatchObject({ code: 0, stdout: 'yes\n' });
    expect(asked.at(-1)).toMatchObject({ verb: 'get', path: '/healthz' });
    expect(protobufBodies).toBe(inject('kubernetesVersion').startsWith('v1.36.') ? 3 : 0);
  });

  it('lists rules, and says who one is', async () => {
    expect((await auth('can-i', '--list')).stdout).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    const who = await auth('whoami', '-o', 'jsonpath={.status.userInfo.groups[0]}');
    expect(who).toMatchObject({ code: 0, stdout: 'system:masters' });
  });
});
