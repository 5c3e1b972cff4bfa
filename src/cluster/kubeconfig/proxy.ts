/** Which proxy a server is reached through, by Go's rules for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment's proxy for a server, or undefined. Source: Go's `golang.org/x/net/http/httpproxy`, whose rules are
 * not those of curl: loopback is never proxied, ALL_PROXY is not looked at, NO_PROXY takes CIDRs, and a bare domain
 * covers its subdomains.
 */
export function environmentProxy(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const proxy =
    url.protocol === 'https:' ? either(env, 'HTTPS_PROXY', 'https_proxy') : either(env, 'HTTP_PROXY', 'http_proxy');
  if (proxy === undefined) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (host === 'localhost' || isLoopback(host)) return undefined;
  if (isExempt(host, port, either(env, 'NO_PROXY', 'no_proxy') ?? '')) return undefined;
  // A value that is no URL is a host; one that is neither is ignored, as in Go.
  const text = hasHost(proxy) ? proxy : `http://${proxy}`;
  return hasHost(text) ? text : undefined;
}

/** What is wrong with a `proxy-url`, if anything; never quotes it, as it may hold a password. */
export function proxyProblem(proxyUrl: string): string | undefined {
  if (!URL.canParse(proxyUrl)) return 'is not a URL';
  const { protocol } = new URL(proxyUrl);
  return ['http:', 'https:', 'socks5:'].includes(protocol)
    ? undefined
    : `has the scheme ${protocol.slice(0, -1)}; it must be http, https or socks5`;
}

function isExempt(host: string, port: string, noProxy: string): boolean {
  const ip = isIP(host) !== 0;
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const subnet = parseCidr(entry);
      if (subnet) return ip && subnet.check(host, family(host));
      const [entryHost, entryPort] = splitPort(entry);
      if (entryHost === '' || (entryPort !== '' && entryPort !== port)) return false;
      if (isIP(entryHost) !== 0) return ip && sameAddress(entryHost, host);
      if (ip) return false;
      const domain = entryHost.startsWith('*.') ? entryHost.slice(1) : entryHost;
      return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
    });
}

function parseCidr(entry: string): BlockList | undefined {
  const [address = '', bits = '', more] = entry.split('/');
  if (more !== undefined || isIP(address) === 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  if (Number(bits) > (isIPv4(address) ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family(address));
  return list;
}

/** `host:port` and `[v6]:port`; the port is empty where there is none. */
function splitPort(entry: string): [string, string] {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(entry);
  return match ? [match[1] ?? match[2] ?? '', match[3] ?? ''] : [entry, ''];
}

function sameAddress(a: string, b: string): boolean {
  const list = new BlockList();
  list.addAddress(a, family(a));
  return list.check(b, family(b));
}

function isLoopback(host: string): boolean {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return isIP(host) !== 0 && list.check(host, family(host));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function hasHost(text: string): boolean {
  return URL.canParse(text) && /^[a-z0-9+.-]+:\/\/[^/]/i.test(text);
}

function either(env: Environment, upper: string, lower: string): string | undefined {
  const value = env[upper];
  if (value !== undefined && value !== '') return value;
  return env[lower] === '' ? undefined : env[lower];
}
