/** Asks the container runtime through crictl, where the files of logs cannot be found. */
import { array, looseObject, number, optional, record, safeParse, string } from 'zod/mini';
import type { RunProgram } from '../../process/run.ts';
import type { LocalContainer } from './container.ts';
import { byName } from './discover.ts';

export interface CrictlDeps {
  readonly run: RunProgram;
  /** The environment of the user: PATH, and CONTAINER_RUNTIME_ENDPOINT where it is set. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type CrictlAnswer =
  | { readonly kind: 'printed'; readonly stdout: string; readonly stderr: string }
  /** There is no crictl. */
  | { readonly kind: 'absent' }
  /** It ended otherwise than it should; `why` is what it said last. */
  | { readonly kind: 'failed'; readonly why: string };

/** A runtime that hangs must not hang us. */
const timeoutMs = 30_000;

/** Runs crictl once; throws only the signal's reason. */
export async function askCrictl(
  { run, env }: CrictlDeps,
  args: readonly string[],
  signal: AbortSignal,
): Promise<CrictlAnswer> {
  const outcome = await run({
    file: 'crictl',
    args,
    env,
    cwd: '/',
    stdin: 'ignore',
    stderr: 'pipe',
    signal,
    timeoutMs,
  });
  switch (outcome.kind) {
    case 'not-found':
      return { kind: 'absent' };
    case 'not-started':
      return { kind: 'failed', why: outcome.why };
    case 'timed-out':
      return { kind: 'failed', why: `crictl ${args[0]} took longer than ${timeoutMs / 1000} s` };
    case 'killed':
      return { kind: 'failed', why: `crictl ${args[0]} was ended by ${outcome.signalName}` };
    case 'exited':
      return outcome.exitCode === 0
        ? { kind: 'printed', stdout: outcome.stdout, stderr: outcome.stderr }
        : { kind: 'failed', why: lastLine(outcome.stderr) || `crictl ${args[0]} ended with ${outcome.exitCode}` };
  }
}

export type RuntimeContainers =
  | { readonly kind: 'containers'; readonly containers: readonly LocalContainer[] }
  | Exclude<CrictlAnswer, { readonly kind: 'printed' }>;

/** The containers of pods that the runtime knows, with the runs that it still has. */
export async function listByCrictl(deps: CrictlDeps, signal: AbortSignal): Promise<RuntimeContainers> {
  const answer = await askCrictl(deps, ['ps', '--all', '--output', 'json'], signal);
  if (answer.kind !== 'printed') return answer;
  const containers = parseContainers(answer.stdout);
  return containers
    ? { kind: 'containers', containers }
    : { kind: 'failed', why: 'crictl ps did not print a list of containers as JSON' };
}

const listForm = looseObject({
  containers: optional(
    array(
      looseObject({
        id: string(),
        metadata: looseObject({ name: string(), attempt: optional(number()) }),
        labels: optional(record(string(), string())),
      }),
    ),
  ),
});

/** `crictl ps --all --output json`; undefined for other texts. Containers that are in no pod are left out. */
export function parseContainers(text: string): readonly LocalContainer[] | undefined {
  const parsed = safeParse(listForm, jsonOf(text));
  if (!parsed.success) return undefined;
  const found = new Map<string, LocalContainer>();
  for (const { id, metadata, labels = {} } of parsed.data.containers ?? []) {
    const namespace = labels['io.kubernetes.pod.namespace'];
    const pod = labels['io.kubernetes.pod.name'];
    const podUid = labels['io.kubernetes.pod.uid'] ?? '';
    if (namespace === undefined || pod === undefined) continue;
    const key = `${namespace}/${pod}/${podUid}/${metadata.name}`;
    const place = found.get(key)?.place;
    const ids = new Map(place?.kind === 'runtime' ? place.ids : []).set(metadata.attempt ?? 0, id);
    const runs = [...ids.keys()].sort((a, b) => a - b);
    const containerId = ids.get(runs.at(-1) ?? 0);
    found.set(key, {
      namespace,
      pod,
      podUid,
      container: metadata.name,
      containerId,
      runs,
      place: { kind: 'runtime', ids },
    });
  }
  return [...found.values()].sort(byName);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
