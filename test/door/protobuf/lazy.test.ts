/** The library that reads protobuf is loaded for an answer that is protobuf, and for nothing else. */
import { kubectlFor } from '../../../src/cli/kubectl.ts';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { answerWith } from '../../../src/cluster/answer.ts';
import { openPage } from '../../../src/cluster/list-page.ts';
import { podMessage } from '../../../src/cluster/protobuf/pod-messages.ts';
import { responseOf } from '../../../src/cluster/response.ts';
import { recorded } from '../recorded.ts';

const require = createRequire(import.meta.url);
const library = require.resolve('protobufjs/minimal.js');
const isLoaded = (): boolean => library in require.cache;

async function lengthOf(name: string): Promise<number> {
  const { status, headers, body } = recorded(name);
  const bytes = Buffer.from(body, String(headers['content-type']).includes('protobuf') ? 'base64' : 'utf8');
  const asked = { method: 'GET', path: '/api/v1/pods', server: 'http://api', kubectl: kubectlFor('prod') };
  const response = responseOf(asked, await answerWith(status, headers, bytes));
  const page = await openPage(response, { kind: 'PodList', item: podMessage });
  return [...page.read().items].length;
}

test('a list that came as JSON does not load it, one that came as protobuf does', async () => {
  expect(await lengthOf('pod-list-every-field')).toBe(4);
  expect(isLoaded()).toBe(false);
  expect(await lengthOf('pod-list-every-field-protobuf')).toBe(4);
  expect(isLoaded()).toBe(true);
});
