/** What `kmaint playground` does once its command line made sense: start, say where it is, wait or run a command, clean up. */
import { readFile } from 'node:fs/promises';
import { constants, devNull } from 'node:os';
import { basename, isAbsolute, resolve, sep } from 'node:path';
import { quoteForShell } from '../cli/command-line.ts';
import { connectionFlags, conversationFlags } from '../cli/global-flags.ts';
import type { Io } from '../cli/io.ts';
import type { Run } from '../cli/run.ts';
import { environmentName } from '../cli/settings.ts';
import { InterruptedError, UsageError, type ExitCode } from '../errors.ts';
import type { ChaosName } from '../playground/chaos.ts';
import type { KubeObject } from '../playground/objects.ts';
import { startPlayground, type Playground, type PlaygroundSeed } from '../playground/playground.ts';
import { typeOf } from '../playground/resources.ts';
import { counted } from '../report/counting.ts';

export interface PlaygroundRequest {
  /** A file, or the name of a cluster that comes with kmaint. */
  readonly cluster: string;
  readonly command: readonly string[] | undefined;
  readonly seed: number;
  readonly timeScale: number;
  /** 0 for a free one. */
  readonly port: number;
  readonly chaos: readonly ChaosName[];
  readonly quiet: boolean;
  readonly output: 'text' | 'json' | 'ndjson';
}

/** Runs until a signal comes, or the command has ended. */
export async function runPlayground(run: Run, request: PlaygroundRequest): Promise<ExitCode> {
  const { io, clock, signal } = run;
  for (const warning of run.warnings) io.stderr.write(`warning: ${warning}\n`);
  const { seed, timeScale, port, chaos } = request;
  const source = await seedOf(request.cluster, io.workingDirectory);
  // A command that is asked to end still needs its cluster: once up, the playground closes when we say so.
  const start = new AbortController();
  const giveUp = (): void => start.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', giveUp, { once: true });
  const options = { ...source, clock, seed, timeScale, port, chaos, signal: start.signal };
  const playground = await startPlayground(options).finally(() => signal.removeEventListener('abort', giveUp));
  try {
    if (!request.quiet) io.stderr.write(summary(playground, request));
    if (request.command) return await runCommand(request.command, playground, run);
    io.stdout.write(whereItIs(playground, request.output, io.platform.os));
    if (!request.quiet) io.stderr.write(whatNext(playground));
    return await interrupted(signal);
  } finally {
    await playground.close();
  }
}

const whyUnreadable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

/** Whatever is written like a path is one; any other word is a file where there is one of that name. */
async function seedOf(cluster: string, workingDirectory: string): Promise<PlaygroundSeed> {
  const path = resolve(workingDirectory, cluster);
  const looksLikeFile =
    isAbsolute(cluster) || cluster.includes('/') || cluster.includes(sep) || /\.(?:ya?ml|json)$/.test(cluster);
  try {
    return { text: await readFile(path, 'utf8'), name: cluster };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!looksLikeFile && (code === 'ENOENT' || code === 'EISDIR')) return { fixture: cluster };
    const why = whyUnreadable[code ?? ''] ?? code ?? 'it is not readable';
    throw new UsageError([`cannot read ${cluster}: ${why}`], {
      code: 'usage.seed',
      hint: 'files hold what kubectl get -o yaml prints; clusters that come with kmaint: kmaint playground --help',
    });
  }
}

async function runCommand(command: readonly string[], playground: Playground, run: Run): Promise<ExitCode> {
  const { io, signal } = run;
  // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
  const { runForeground } = await import('../process/foreground.ts');
  const [file = '', ...args] = command;
  const ended = await runForeground({
    file,
    args,
    env: environmentFor(playground, io.env),
    cwd: io.workingDirectory,
    signal,
  });
  switch (ended.kind) {
    case 'exited':
      return ended.exitCode;
    case 'killed':
      return 128 + (constants.signals[ended.signalName] ?? 0);
    case 'not-found':
      throw new UsageError([`there is no program called ${JSON.stringify(file)}`], {
        code: 'usage.command',
        hint: 'what stands after -- is run without a shell; is it on the PATH?',
      });
    case 'not-started':
      throw new UsageError([`${file} cannot be started: ${ended.why}`], { code: 'usage.command' });
  }
}

/** Whatever else may lead kmaint to another cluster is taken away: variables of its own, and its settings file. */
function environmentFor({ kubeconfigPath }: Playground, env: Io['env']): Io['env'] {
  const elsewhere = new Set(Object.values(connectionFlags).map(({ name }) => environmentName(name)));
  const kept = Object.entries(env).filter(([name]) => !elsewhere.has(name));
  const noSettings = environmentName(conversationFlags.config.name);
  return { ...Object.fromEntries(kept), [noSettings]: devNull, KUBECONFIG: kubeconfigPath };
}

/** Resolves to the exit code when the user ends us. */
async function interrupted(signal: AbortSignal): Promise<ExitCode> {
  if (!signal.aborted) {
    await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  }
  const reason: unknown = signal.reason;
  if (reason instanceof InterruptedError) return reason.exitCode;
  throw reason;
}

function summary({ api: { store }, url }: Playground, { cluster }: PlaygroundRequest): string {
  const count = (plural: string): number => store.list(typeOf('', plural)).length;
  return `playground ${basename(cluster)}: ${counted(count('nodes'), 'node')}, ${counted(count('pods'), 'pod')}, ${url}\n`;
}

function whereItIs({ kubeconfigPath, url }: Playground, output: PlaygroundRequest['output'], os: string): string {
  if (output !== 'text') {
    return `${JSON.stringify({ kubeconfig: kubeconfigPath, server: url }, undefined, output === 'json' ? 2 : 0)}\n`;
  }
  const set =
    os === 'win32'
      ? `$env:KUBECONFIG = '${kubeconfigPath.replaceAll("'", "''")}'`
      : `export KUBECONFIG=${quoteForShell(kubeconfigPath, os)}`;
  return `${kubeconfigPath}\n${set}\n`;
}

function whatNext({ api: { store } }: Playground): string {
  const nodes: readonly KubeObject[] = store.list(typeOf('', 'nodes'));
  const worker = nodes.findLast(({ metadata }) => metadata.labels?.[controlPlaneLabel] === undefined) ?? nodes.at(-1);
  const node = worker?.metadata.name ?? 'NODE';
  return `running; Ctrl-C ends it and leaves nothing behind. In another terminal, after the export:
  kmaint drain ${node} --dry-run
  kmaint drain ${node} --force
  kmaint uncordon ${node}
`;
}

const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';
