/** Puts the world of a run together: the connection, the cluster behind it, the report, the prompt. */
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ConnectionOptions } from '../cluster/connection.ts';
import type { ClosableReport } from '../report/create.ts';
import { userAgent } from './about.ts';
import type { AnyFlag } from './flag.ts';
import { connectionFlags, conversationFlags } from './global-flags.ts';
import type { Io } from './io.ts';
import type { Settings, Source } from './settings.ts';

export interface Surroundings {
  readonly io: Io;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ClusterListeners {
  /** A line about the kubeconfig or the credentials. */
  warn(message: string): void;
  /** A warning that the API server sent. */
  serverWarning(message: string): void;
  /** A line about each request. */
  readonly trace: ((line: string) => void) | undefined;
}

/** What a verb wants other than usual. */
export interface ClusterLimits {
  /** `--request-timeout` without it. */
  readonly requestTimeoutMs?: number;
  /** 25 without it (rulings 12). */
  readonly maxRequestsInFlight?: number;
}

/**
 * The cluster that flags, environment and kubeconfig name; nothing is sent yet.
 *
 * @throws UsageError when the kubeconfig cannot be used, with all that is wrong with it
 */
export async function openCluster(
  { io, settings, clock, signal }: Surroundings,
  listeners: ClusterListeners,
  limits: ClusterLimits = {},
): Promise<Cluster> {
  const [{ loadConnection }, { openCluster: open }, { programRunner }] = await Promise.all([
    import('../cluster/kubeconfig/load.ts'),
    import('../cluster/connect.ts'),
    import('../process/run.ts'),
  ]);
  const connection = await loadConnection(connectionOptions(settings), {
    env: io.env,
    homeDirectory: io.homeDirectory,
    workingDirectory: io.workingDirectory,
    clock,
    runProgram: programRunner(clock),
    signal,
    stdinIsTerminal: io.stdin.isTTY === true,
    warn: (message) => listeners.warn(message),
  });
  return open(connection, {
    clock,
    warn: (message) => listeners.serverWarning(message),
    trace: listeners.trace,
    requestTimeoutMs: limits.requestTimeoutMs ?? settings.get(conversationFlags.requestTimeout),
    maxRequestsInFlight: limits.maxRequestsInFlight,
    userAgent: userAgent(io.platform),
  });
}

/** kubectl's connection flags as the kubeconfig's rules take them. */
export function connectionOptions(settings: Settings): ConnectionOptions {
  const { get } = settings;
  const asGroups = get(connectionFlags.asGroup);
  return {
    kubeconfig: get(connectionFlags.kubeconfig),
    context: get(connectionFlags.context),
    cluster: get(connectionFlags.cluster),
    user: get(connectionFlags.user),
    namespace: get(connectionFlags.namespace),
    server: get(connectionFlags.server),
    token: get(connectionFlags.token),
    certificateAuthority: get(connectionFlags.certificateAuthority),
    clientCertificate: get(connectionFlags.clientCertificate),
    clientKey: get(connectionFlags.clientKey),
    tlsServerName: get(connectionFlags.tlsServerName),
    // Not given is not the same as false: only what is given overrides the kubeconfig.
    insecureSkipTlsVerify: given(settings, connectionFlags.insecureSkipTlsVerify),
    as: get(connectionFlags.as),
    asGroups: asGroups.length > 0 ? asGroups : undefined,
    asUid: get(connectionFlags.asUid),
    disableCompression: given(settings, connectionFlags.disableCompression),
  };
}

function given(settings: Settings, flag: typeof connectionFlags.disableCompression): boolean | undefined {
  return settings.source(flag) === 'default' ? undefined : settings.get(flag);
}

/** The report that the flags ask for. */
export async function openReport({ io, settings, clock }: Surroundings): Promise<ClosableReport> {
  const { createReport } = await import('../report/create.ts');
  const { output, color, verbose } = conversationFlags;
  return createReport({
    output: settings.get(output),
    progress: progressOf(settings),
    color: settings.get(color),
    verbosity: settings.get(verbose),
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env,
    clock,
  });
}

const precedence: readonly Source[] = ['flag', 'environment', 'file', 'default'];

/** `-q` is short for `--progress quiet`; where they differ, the one that is nearer to the command line wins. */
export function progressOf(settings: Settings): 'auto' | 'live' | 'plain' | 'quiet' {
  const { progress, quiet } = conversationFlags;
  const rank = (flag: AnyFlag): number => precedence.indexOf(settings.source(flag));
  return settings.get(quiet) && rank(quiet) <= rank(progress) ? 'quiet' : settings.get(progress);
}
