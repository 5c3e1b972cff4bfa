/** The connections to one API server: kept alive, one pool for requests and one for streams, per TLS identity. */
import http from 'node:http';
import type https from 'node:https';
import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import type { Credentials, TlsMaterial } from './connection.ts';
import { ResumingAgent, type KnownSession } from './resuming-agent.ts';

/**
 * `requests` share a few sockets; a stream holds its own as long as it lives, so `streams` and `logs` have no limit. Of
 * `logs` more is read than of anything else.
 */
export type Pool = 'requests' | 'streams' | 'logs';

export interface Agents {
  /** The agent for these credentials; connections made with other TLS material are not reused. */
  agentFor(credentials: Credentials, pool: Pool): Promise<http.Agent>;
  /** Closes every connection. */
  close(): void;
}

interface AgentSettings extends https.AgentOptions {
  readonly keepAlive: true;
}

/** What sockets read at once, at most: TLS gives 16 KiB at a time. */
const readBytes = 65_536;

/** What the pools of one TLS identity share. */
interface Shared {
  readonly tls: https.AgentOptions;
  readonly session: KnownSession;
}

/** `proxyUrl` as in Connection; hpagent and socks-proxy-agent are loaded only when one is set. */
export function createAgents(server: URL, proxyUrl: string | undefined, maxSockets: number): Agents {
  const agents = new Map<string, http.Agent>();
  let fingerprint: string | undefined;
  let shared: Shared | undefined;

  async function create(tls: TlsMaterial, pool: Pool): Promise<http.Agent> {
    const settings: AgentSettings = {
      keepAlive: true,
      keepAliveMsecs: 30_000,
      scheduling: 'lifo',
      maxSockets: pool === 'requests' ? maxSockets : Infinity,
      // Node gives a host's address 250 ms before it tries the next: too little for a far server without IPv6.
      autoSelectFamilyAttemptTimeout: 1_000,
    };
    const secure = server.protocol === 'https:';
    if (proxyUrl !== undefined) {
      return proxied(server, proxyUrl, secure ? { ...settings, ...tlsOptions(tls) } : settings);
    }
    // Idle ones go before the server (90 s) or a load balancer (often 60 s) closes them under a request.
    const direct = { ...settings, timeout: 50_000 };
    if (!secure) return new http.Agent(direct);
    shared ??= { tls: sharedContext(tls), session: { latest: undefined } };
    const readInto = pool === 'logs' ? Buffer.allocUnsafeSlow(readBytes) : undefined;
    return new ResumingAgent({ ...direct, ...shared.tls, readInto }, shared.session);
  }

  return {
    async agentFor({ tls, tlsFingerprint }, pool) {
      if (fingerprint !== tlsFingerprint) {
        for (const agent of agents.values()) closeIdle(agent);
        shared = undefined;
      }
      fingerprint = tlsFingerprint;
      const key = `${pool} ${tlsFingerprint}`;
      const known = agents.get(key);
      if (known) return known;
      const agent = await create(tls, pool);
      const raced = agents.get(key);
      if (raced) return raced;
      agents.set(key, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

function tlsOptions({
  ca,
  cert,
  key,
  servername,
  rejectUnauthorized,
}: TlsMaterial): Pick<https.AgentOptions, keyof TlsMaterial> {
  return {
    rejectUnauthorized,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
  };
}

/**
 * One context for all connections: to parse the certificates anew costs each of them milliseconds. What is in it is left out
 * of the options, of which Node makes a name for each connection.
 */
function sharedContext(tls: TlsMaterial): https.AgentOptions {
  const { ca, cert, key, ...others } = tlsOptions(tls);
  try {
    return { ...others, secureContext: createSecureContext({ ca, cert, key }) };
  } catch {
    // The connection fails for the same reason, and that is where it is told.
    return tlsOptions(tls);
  }
}

async function proxied(server: URL, proxyUrl: string, settings: AgentSettings): Promise<http.Agent> {
  if (/^socks/i.test(proxyUrl)) {
    const { SocksProxyAgent } = await import('socks-proxy-agent');
    // That agent forgets the host before TLS checks the certificate against it, and an IP address is then no match.
    const expected = settings.servername ?? server.hostname.replaceAll(/[[\]]/g, '');
    const checked = {
      ...settings,
      checkServerIdentity: (_host: string, certificate: PeerCertificate) => checkServerIdentity(expected, certificate),
    };
    return new SocksProxyAgent(proxyUrl, checked);
  }
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
  return server.protocol === 'https:'
    ? new HttpsProxyAgent({ ...settings, proxy: proxyUrl })
    : new HttpProxyAgent({ ...settings, proxy: proxyUrl });
}

/** Requests on their way finish. */
function closeIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}
