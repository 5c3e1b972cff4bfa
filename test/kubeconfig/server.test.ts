import { describe, expect, it } from 'vitest';
import { parseServer, serverProblem } from '../../src/cluster/kubeconfig/server.ts';

describe('the address of a server', () => {
  it.each([
    ['https://127.0.0.1:6443', 'https://127.0.0.1:6443', true],
    ['https://127.0.0.1:443', 'https://127.0.0.1:443', true],
    ['https://127.0.0.1:6443/', 'https://127.0.0.1:6443', true],
    ['https://rancher/k8s/clusters/c-1/?x=1#y', 'https://rancher/k8s/clusters/c-1', true],
    ['https://[::1]:6443', 'https://[::1]:6443', true],
    ['http://127.0.0.1:8001', 'http://127.0.0.1:8001', false],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080', false],
    ['localhost', 'http://localhost', false],
  ])('%s', (address, url, secure) => {
    expect(serverProblem(address)).toBeUndefined();
    expect(parseServer(address)).toEqual({ url, secure, userInfo: undefined });
  });

  it('keeps credentials out of what is shown', () => {
    expect(parseServer('https://bob:s3cr%40t@127.0.0.1:6443')).toEqual({
      url: 'https://127.0.0.1:6443',
      secure: true,
      userInfo: 'bob:s3cr@t',
    });
  });

  it.each([
    ['ftp://127.0.0.1', '"ftp://127.0.0.1" must be an https or http URL'],
    ['https://', '"https://" is not a URL'],
    ['host/path', '"host/path" must be a URL or host:port'],
    ['ftp://bob:s3cr3t@127.0.0.1', 'must be an https or http URL'],
  ])('refuses %s', (address, problem) => {
    expect(serverProblem(address)).toBe(problem);
  });
});
