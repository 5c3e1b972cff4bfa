/** From kubeconfig files and flags to a connection that is ready to be used, by kubectl's rules. */
import { kubectlFor } from '../../cli/kubectl.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { authorizer, type AuthorizationWorld } from './authorization.ts';
import { choose } from './choose.ts';
import { credentialsOf } from './credentials.ts';
import { givenFlags } from './given-flags.ts';
import { hasCredentials, nameOf, ownerOf } from './identity.ts';
import { inClusterNamespace, serviceAccountDirectory } from './in-cluster.ts';
import { readMaterial } from './material.ts';
import { environmentProxy } from './proxy.ts';
import { parseServer } from './server.ts';
import { invalidKubeconfig, readSources, type SourcesWorld } from './sources.ts';
import { selectionProblems } from './validate.ts';

/** What loading a connection needs to know of the world. */
export interface KubeconfigWorld extends SourcesWorld, AuthorizationWorld {
  /** Where a pod finds its service account; the real place unless given. */
  readonly serviceAccountDirectory?: string | undefined;
}

/**
 * Finds the cluster and the user, reads every file they refer to, and throws a UsageError that lists all problems.
 * Nothing is sent and no plugin runs before the first `credentials()`, which throws a ClusterError
 * (`cluster.credentials`, `cluster.certificate`).
 */
export async function loadConnection(options: ConnectionOptions, world: KubeconfigWorld): Promise<Connection> {
  const directory = world.serviceAccountDirectory ?? serviceAccountDirectory;
  const sources = await readSources(options.kubeconfig, world);
  const { selection, inPod } = await choose(sources, options, world, directory);
  const problems = selectionProblems(selection);
  if (problems.length > 0) throw invalidKubeconfig(problems, sources);

  const { cluster, user } = selection;
  const server = parseServer(cluster.server ?? '');
  const owner = ownerOf(selection, inPod);
  const material = server.secure ? await readMaterial(selection, world, problems) : undefined;
  if (problems.length > 0) throw invalidKubeconfig(problems, sources);
  if (!server.secure && (hasCredentials(user) || selection.userFlag !== undefined)) {
    world.warn(`${server.url} is plain http: the credentials of ${owner} are not sent, as in kubectl`);
  }
  const authorize = authorizer(
    {
      user: server.secure ? user : {},
      owner,
      file: selection.userName === undefined ? undefined : sources.kubeconfig.userFiles.get(selection.userName),
      cluster,
      caPem: material?.caPem,
      userInfo: server.userInfo,
      hasCertificate: material?.certificate !== undefined,
    },
    world,
  );
  const podNamespace = await inClusterNamespace(world.env, directory);
  const proxyUrl = cluster['proxy-url'] ?? '';
  const name = nameOf(selection, { secure: server.secure, token: inPod ? material?.tokenFileText : undefined });
  return {
    identity: { context: selection.contextName, server: server.url, user: name },
    kubectl: kubectlFor(selection.contextName, givenFlags(options, world.workingDirectory)),
    server: server.url,
    namespace: selection.namespace ?? podNamespace ?? 'default',
    proxyUrl: proxyUrl === '' ? environmentProxy(server.url, world.env) : proxyUrl,
    compression: cluster['disable-compression'] !== true,
    credentials: credentialsOf({ cluster, user, owner, material, authorize, clock: world.clock }),
  };
}
