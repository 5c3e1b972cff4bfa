/** Finds the containers of pods whose logs lie on this node, from the names of folders and links alone. */
import type { Dirent } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalContainer } from './container.ts';
import { resolveInside } from './inside-root.ts';
import { parseContainerLink, parsePodFolder, runsAmong, type PodFolderName } from './names.ts';
import { namesIn } from './open-file.ts';
import { codeOf, fileProblem, isMissing } from './problems.ts';

export interface Discovery {
  readonly containers: readonly LocalContainer[];
  /** What was left out and why, a sentence each. */
  readonly skipped: readonly string[];
}

/** As the kubelet lays them out (`pkg/kubelet/kuberuntime`, `podLogsRootDirectory`). */
export const podsFolder = '/var/log/pods';
const linksFolder = '/var/log/containers';

/**
 * Containers with at least one log file, sorted by namespace, pod and name; none where the folder is missing.
 *
 * @param root the folder that stands for `/`
 * @throws KmaintError `logs.local-denied` where the folder of pods may not be read
 */
export async function discoverPods(root: string): Promise<Discovery> {
  const skipped: string[] = [];
  const folders = await entriesOf(root, podsFolder);
  if (!folders) return { containers: [], skipped };
  const ids = await containerIds(root);
  const containers: LocalContainer[] = [];
  for (const entry of folders) {
    const path = `${podsFolder}/${entry.name}`;
    const pod = entry.isDirectory() ? parsePodFolder(entry.name) : undefined;
    if (pod) containers.push(...(await containersOf(root, path, pod, ids, skipped)));
    else skipped.push(`${path} is not the folder of a pod (NAMESPACE_POD_UID): left out`);
  }
  return { containers: containers.sort(byName), skipped };
}

/** By namespace, pod, pod's identity and container. */
export function byName(a: LocalContainer, b: LocalContainer): number {
  for (const key of ['namespace', 'pod', 'podUid', 'container'] as const) {
    if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  }
  return 0;
}

async function containersOf(
  root: string,
  path: string,
  pod: PodFolderName,
  ids: ReadonlyMap<string, string>,
  skipped: string[],
): Promise<readonly LocalContainer[]> {
  const containers: LocalContainer[] = [];
  for (const entry of (await readable(() => entriesOf(root, path), skipped)) ?? []) {
    const folder = `${path}/${entry.name}`;
    if (!entry.isDirectory()) {
      skipped.push(`${folder} is not the folder of a container: left out`);
      continue;
    }
    const runs = runsAmong((await readable(() => namesOf(root, folder), skipped)) ?? []);
    // Before its first line the folder is empty.
    if (runs.length === 0) continue;
    const containerId = ids.get(`${folder}/${runs.at(-1)}.log`);
    containers.push({
      ...pod,
      container: entry.name,
      containerId,
      runs,
      place: { kind: 'files', folder, file: undefined },
    });
  }
  return containers;
}

/** What one pod's folder refuses must not hide the others. */
async function readable<T>(read: () => Promise<T>, skipped: string[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    skipped.push(`${error instanceof Error ? error.message : String(error)}: left out`);
    return undefined;
  }
}

/** The ids of containers by their log's path, from the links that the kubelet makes. */
async function containerIds(root: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const folder = await resolved(root, linksFolder);
  const names = folder === undefined ? undefined : await namesIn(folder).catch(() => undefined);
  for (const name of names ?? []) {
    const link = parseContainerLink(name);
    // Others put logs of their own there.
    const target = link && folder !== undefined ? await targetOf(join(folder, name)) : undefined;
    if (link && target !== undefined) ids.set(target, link.containerId);
  }
  return ids;
}

async function targetOf(link: string): Promise<string | undefined> {
  try {
    const target = await readlink(link);
    const at = target.lastIndexOf('/pods/');
    return at === -1 ? undefined : `${podsFolder}/${target.slice(at + '/pods/'.length)}`;
  } catch {
    return undefined;
  }
}

async function resolved(root: string, path: string): Promise<string | undefined> {
  try {
    return await resolveInside(root, path);
  } catch (error) {
    if (isMissing(error) || codeOf(error) === 'EACCES') return undefined;
    throw fileProblem(join(root, path), error);
  }
}

async function namesOf(root: string, path: string): Promise<readonly string[] | undefined> {
  return (await entriesOf(root, path))?.map(({ name }) => name);
}

/** Undefined where there is no such folder. */
async function entriesOf(root: string, path: string): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(await resolveInside(root, path), { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileProblem(join(root, path), error);
  }
}
