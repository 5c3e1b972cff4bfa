/** The cluster that kmaint itself runs in, as one of its pods. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterEntry, UserEntry } from './file.ts';

export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

type Environment = Readonly<Record<string, string | undefined>>;

export interface InCluster {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/** The pod's own cluster and service account, or undefined outside of a pod. Source: client-go `rest.InClusterConfig`. */
export async function inCluster(env: Environment, directory: string): Promise<InCluster | undefined> {
  if (!(await isPod(env, directory))) return undefined;
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const authority = join(directory, 'ca.crt');
  return {
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT']}`,
      ...((await isFile(authority)) && { 'certificate-authority': authority }),
    },
    user: { tokenFile: join(directory, 'token') },
  };
}

/**
 * The namespace of the pod that kmaint runs in: `POD_NAMESPACE`, else the service account's; undefined outside of a
 * pod. Inside of one it also stands in for a context without a namespace, as in kubectl.
 */
export async function inClusterNamespace(env: Environment, directory: string): Promise<string | undefined> {
  if (!(await isPod(env, directory))) return undefined;
  const named = env['POD_NAMESPACE'] ?? '';
  if (named !== '') return named;
  const text = await readFile(join(directory, 'namespace'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

async function isPod(env: Environment, directory: string): Promise<boolean> {
  if ((env['KUBERNETES_SERVICE_HOST'] ?? '') === '' || (env['KUBERNETES_SERVICE_PORT'] ?? '') === '') return false;
  return isFile(join(directory, 'token'));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
