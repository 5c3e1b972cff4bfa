/** Finds the kubeconfig files as kubectl does and merges them: the first file to say something wins. */
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { parseKubeconfig, emptyKubeconfig, type Kubeconfig } from './file.ts';
import { isMissing, reasonOf } from './file-error.ts';

export interface SourcesWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly workingDirectory: string;
  readonly signal: AbortSignal;
  /** A line for the user that stops nothing. */
  warn(message: string): void;
}

export interface Sources {
  readonly kubeconfig: Kubeconfig;
  /** Files that were read, in order of precedence. */
  readonly files: readonly string[];
  /** Files that were looked for and do not exist. */
  readonly missing: readonly string[];
}

/**
 * Reads `--kubeconfig` (must exist), else the files of `KUBECONFIG`, else `~/.kube/config`.
 * Source: client-go `clientcmd.ClientConfigLoadingRules.Load`. Throws a UsageError that lists every broken file.
 */
export async function readSources(explicit: string | undefined, world: SourcesWorld): Promise<Sources> {
  const fromEnv = world.env['KUBECONFIG'] ?? '';
  const paths =
    explicit !== undefined && explicit !== ''
      ? [explicit]
      : fromEnv === ''
        ? [join(world.homeDirectory, '.kube', 'config')]
        : [...new Set(fromEnv.split(delimiter))].filter((path) => path !== '');
  const answers = await Promise.all(paths.map((path) => readOne(resolve(world.workingDirectory, path), world.signal)));

  const problems: string[] = [];
  const files: string[] = [];
  const missing: string[] = [];
  const kubeconfigs: Kubeconfig[] = [];
  for (const answer of answers) {
    if ('missing' in answer) missing.push(answer.missing);
    else if ('problems' in answer) problems.push(...answer.problems);
    else {
      files.push(answer.path);
      kubeconfigs.push(answer.kubeconfig);
    }
  }
  if (paths[0] === explicit && missing.length > 0) {
    throw new UsageError([`--kubeconfig: no such file: ${missing.join(', ')}`], {
      code: 'usage.kubeconfig',
      hint: 'Name a file that exists, or none: KUBECONFIG counts then, or else ~/.kube/config.',
    });
  }
  if (problems.length > 0)
    throw new UsageError(problems, {
      code: 'usage.kubeconfig',
      hint: 'Correct the file, or name another with --kubeconfig.',
    });
  if (fromEnv !== '' && files.length === 0 && missing.length > 0) {
    world.warn(`no file of KUBECONFIG exists: ${missing.join(', ')}`);
  }
  return { kubeconfig: mergeKubeconfigs(kubeconfigs), files, missing };
}

/** The error for what is wrong with a choice; its hint names the files it came from. */
export function invalidKubeconfig(problems: readonly string[], { files }: Sources): UsageError {
  const hint =
    files.length === 0 ? undefined : `Read from ${files.join(', ')}; see it merged with: kubectl config view`;
  return new UsageError(problems, { code: 'usage.kubeconfig', hint });
}

/** Merges by whole entries: of two clusters of one name the earlier file's counts, no field of the later one is mixed in. */
export function mergeKubeconfigs(kubeconfigs: readonly Kubeconfig[]): Kubeconfig {
  return kubeconfigs.reduceRight(
    (later, earlier) => ({
      currentContext: earlier.currentContext ?? later.currentContext,
      clusters: new Map([...later.clusters, ...earlier.clusters]),
      users: new Map([...later.users, ...earlier.users]),
      contexts: new Map([...later.contexts, ...earlier.contexts]),
      userFiles: new Map([...later.userFiles, ...earlier.userFiles]),
    }),
    emptyKubeconfig,
  );
}

type Answer =
  | { readonly path: string; readonly kubeconfig: Kubeconfig }
  | { readonly missing: string }
  | { readonly problems: readonly string[] };

async function readOne(path: string, signal: AbortSignal): Promise<Answer> {
  let content: string;
  try {
    content = await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isMissing(error)) return { missing: path };
    return { problems: [`${path}: ${reasonOf(error)}`] };
  }
  const parsed = parseKubeconfig(content, path, dirname(path));
  return 'problems' in parsed ? parsed : { path, kubeconfig: parsed.kubeconfig };
}
