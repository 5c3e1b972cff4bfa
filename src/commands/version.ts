/** `kmaint version`: which kmaint this is, and which API server answers. */
import { version as kmaintVersion } from '../cli/about.ts';
import { openCluster } from '../cli/context.ts';
import { booleanFlag } from '../cli/flag.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import type { Run } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { withDeadline } from '../clock.ts';
import { exitCodes, isAbort, KmaintError } from '../errors.ts';

const clientFlag = booleanFlag({ name: 'client', about: 'Only the version of kmaint; do not ask the server' });

/** How long the server may take to answer. */
const patienceMs = 3000;

type ServerAnswer = { readonly version: string } | { readonly unknown: string };

export const version: Verb = {
  name: 'version',
  operands: '',
  summary: 'Print the versions of kmaint and of the API server',
  about: `Prints the versions of kmaint, of Node.js and of the API server.
It does not fail when the server cannot be reached within 3 seconds: it says so on stderr.`,
  examples: `kmaint version
kmaint version --client -o json`,
  notes: 'Exit codes: 0 done, 2 usage or configuration, 128+n interrupted.',
  flags: [clientFlag],
  removedFlags: { short: 'is gone, as it is from kubectl: the output is short' },
  prepare({ settings, operands, problem }) {
    if (operands.length > 0) problem(`version takes no arguments, but got ${operands.join(' ')}`);
    const clientOnly = settings.get(clientFlag);
    const output = settings.get(conversationFlags.output);
    return async (run) => {
      const server = clientOnly ? undefined : await askServer(run);
      run.io.stdout.write(output === 'text' ? asText(run, server) : asJson(run, server, output === 'json' ? 2 : 0));
      if (server && 'unknown' in server) run.io.stderr.write(`server version unknown: ${server.unknown}\n`);
      return exitCodes.done;
    };
  },
};

async function askServer(run: Run): Promise<ServerAnswer> {
  const late = new KmaintError(`no answer within ${patienceMs / 1000} seconds`, {
    code: 'timeout',
    exitCode: exitCodes.timeout,
  });
  const deadline = withDeadline(run.clock, patienceMs, run.signal, () => late);
  const { signal } = deadline;
  try {
    const ignore = (): void => {};
    const quietly = { warn: ignore, serverWarning: ignore, trace: undefined };
    const cluster = await openCluster({ ...run, signal }, quietly, { requestTimeoutMs: patienceMs });
    try {
      return { version: await cluster.serverVersion({ signal }) };
    } finally {
      cluster.close();
    }
  } catch (error) {
    run.signal.throwIfAborted();
    const reason: unknown = isAbort(error, signal) ? signal.reason : error;
    if (!(reason instanceof KmaintError)) throw error;
    return { unknown: reason.message };
  } finally {
    deadline.cancel();
  }
}

function asText({ io }: Run, server: ServerAnswer | undefined): string {
  const lines = [
    `Client Version: v${kmaintVersion}`,
    `Node Version: ${io.platform.node}`,
    `Platform: ${io.platform.os}/${io.platform.arch}`,
  ];
  if (server && 'version' in server) lines.push(`Server Version: ${server.version}`);
  return `${lines.join('\n')}\n`;
}

function asJson({ io }: Run, server: ServerAnswer | undefined, indent: number): string {
  const { os, arch, node } = io.platform;
  const value = {
    clientVersion: { gitVersion: `v${kmaintVersion}`, nodeVersion: node, platform: `${os}/${arch}` },
    ...(server && 'version' in server ? { serverVersion: { gitVersion: server.version } } : {}),
    ...(server && 'unknown' in server ? { serverVersionUnknown: server.unknown } : {}),
  };
  return `${JSON.stringify(value, undefined, indent)}\n`;
}
