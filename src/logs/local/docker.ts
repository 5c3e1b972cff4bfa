/** Finds the containers of pods among docker's own folders, for nodes whose pods' folders are gone or lead there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { array, looseObject, optional, record, safeParse, string } from 'zod/mini';
import type { LocalContainer } from './container.ts';
import { byName, type Discovery } from './discover.ts';
import { resolveInside } from './inside-root.ts';
import { namesIn } from './open-file.ts';
import { fileProblem, isMissing } from './problems.ts';

const dockerFolder = '/var/lib/docker/containers';

const configForm = looseObject({
  Config: looseObject({ Labels: optional(record(string(), string())), Cmd: optional(array(string())) }),
});

/** As dockershim labelled what it made (`pkg/kubelet/dockershim/labels.go`). */
const label = {
  pod: 'io.kubernetes.pod.name',
  namespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
  restarts: 'annotation.io.kubernetes.container.restartCount',
} as const;

/**
 * Containers that the kubelet made, by docker's labels; containers of nobody's pods are left out without a word.
 *
 * @throws KmaintError `logs.local-denied` where docker's folder may not be read
 */
export async function discoverDocker(root: string): Promise<Discovery> {
  const folder = await dockerContainers(root);
  const skipped: string[] = [];
  const containers: LocalContainer[] = [];
  for (const id of folder === undefined ? [] : ((await namesIn(folder)) ?? [])) {
    if (!/^[0-9a-f]{12,64}$/.test(id) || folder === undefined) continue;
    const labels = await labelsOf(join(folder, id, 'config.v2.json'));
    if (typeof labels === 'string') skipped.push(labels);
    else if (labels) containers.push(...containerOf(id, labels));
  }
  return { containers: containers.sort(byName), skipped };
}

function containerOf(id: string, labels: Readonly<Record<string, string>>): readonly LocalContainer[] {
  const {
    [label.namespace]: namespace,
    [label.pod]: pod,
    [label.podUid]: podUid,
    [label.container]: container,
  } = labels;
  // `POD` is the sandbox, which has nothing to say.
  if (!namespace || !pod || podUid === undefined || !container || container === 'POD') return [];
  const restarts = Number(labels[label.restarts] ?? '0');
  const place = { kind: 'files', folder: `${dockerFolder}/${id}`, file: `${id}-json.log` } as const;
  return [
    { namespace, pod, podUid, container, containerId: id, runs: [Number.isInteger(restarts) ? restarts : 0], place },
  ];
}

/** The labels, nothing for a folder that is being made or removed, or a sentence that says what is wrong. */
async function labelsOf(path: string): Promise<Readonly<Record<string, string>> | string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return isMissing(error) ? undefined : `${fileProblem(path, error).message}: left out`;
  }
  const parsed = safeParse(configForm, jsonOf(text));
  return parsed.success ? (parsed.data.Config.Labels ?? {}) : `${path} is no configuration of docker: left out`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function dockerContainers(root: string): Promise<string | undefined> {
  try {
    return await resolveInside(root, dockerFolder);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileProblem(join(root, dockerFolder), error);
  }
}
