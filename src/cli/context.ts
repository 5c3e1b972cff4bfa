/** Puts the world of a run together: the connection, the cluster behind it, the report, the prompt. */
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Connection, ConnectionOptions } from '../cluster/connection.ts';
import type { LogCluster } from '../cluster/log-cluster.ts';
import type { NameLister } from '../cluster/names.ts';
import type { RunProgram } from '../process/run.ts';
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
  surroundings: Surroundings,
  listeners: ClusterListeners,
  limits: ClusterLimits = {},
): Promise<Cluster> {
  const { io, settings, clock } = surroundings;
  const [connection, { openCluster: open }] = await Promise.all([
    connect(surroundings, listeners),
    import('../cluster/connect.ts'),
  ]);
  return open(connection, {
    clock,
    warn: (message) => listeners.serverWarning(message),
    trace: listeners.trace,
    requestTimeoutMs: limits.requestTimeoutMs ?? settings.get(conversationFlags.requestTimeout),
    maxRequestsInFlight: limits.maxRequestsInFlight,
    userAgent: userAgent(io.platform),
  });
}

/**
 * The same for reading logs, of a context by its name or of the current one.
 *
 * @throws UsageError when the kubeconfig cannot be used, or has no such context
 */
export async function openLogs(
  surroundings: Surroundings,
  listeners: ClusterListeners,
  context: string | undefined,
): Promise<LogCluster> {
  const { io, settings, clock } = surroundings;
  const [connection, { openLogCluster }] = await Promise.all([
    // The namespaces of a tail are its own affair: there may be several.
    connect(surroundings, listeners, { context, namespace: undefined }),
    import('../cluster/log-cluster.ts'),
  ]);
  return openLogCluster(connection, {
    clock,
    warn: (message) => listeners.serverWarning(message),
    trace: listeners.trace,
    requestTimeoutMs: settings.get(conversationFlags.requestTimeout),
    userAgent: userAgent(io.platform),
  });
}

/**
 * The same for names alone.
 *
 * @throws UsageError when the kubeconfig cannot be used
 */
export async function openNames(surroundings: Surroundings, listeners: ClusterListeners): Promise<NameLister> {
  const { io, clock, settings } = surroundings;
  // Of several, names of the first.
  const context = settings.get(connectionFlags.context)?.split(',')[0];
  const [connection, { openNames: open }] = await Promise.all([
    // A shell that completes a word has no terminal to spare for a plugin that asks for a password.
    connect(surroundings, listeners, { context }, false),
    import('../cluster/names.ts'),
  ]);
  return open(connection, {
    clock,
    warn: (message) => listeners.serverWarning(message),
    userAgent: userAgent(io.platform),
  });
}

/** Names of contexts, clusters and users in the kubeconfig. */
export async function kubeconfigNames(
  { io, settings, signal }: Surroundings,
  of: 'contexts' | 'clusters' | 'users',
): Promise<readonly string[]> {
  const { readSources } = await import('../cluster/kubeconfig/sources.ts');
  const { env, homeDirectory, workingDirectory } = io;
  const world = { env, homeDirectory, workingDirectory, signal, warn: () => {} };
  const { kubeconfig } = await readSources(settings.get(connectionFlags.kubeconfig), world);
  return [...kubeconfig[of].keys()];
}

/** Starts other programs. */
export async function programs(clock: Clock): Promise<RunProgram> {
  return (await import('../process/run.ts')).programRunner(clock);
}

async function connect(
  { io, settings, clock, signal }: Surroundings,
  listeners: ClusterListeners,
  instead: Partial<ConnectionOptions> = {},
  stdinIsTerminal = io.stdin.isTTY === true,
): Promise<Connection> {
  const [{ loadConnection }, { programRunner }] = await Promise.all([
    import('../cluster/kubeconfig/load.ts'),
    import('../process/run.ts'),
  ]);
  return loadConnection(
    { ...connectionOptions(settings), ...instead },
    {
      env: io.env,
      homeDirectory: io.homeDirectory,
      workingDirectory: io.workingDirectory,
      clock,
      runProgram: programRunner(clock),
      signal,
      stdinIsTerminal,
      warn: (message) => listeners.warn(message),
    },
  );
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
