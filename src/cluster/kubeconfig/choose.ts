/** Settles which cluster and user are meant: the kubeconfig's, the flags', or else the pod's own. */
import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { ConnectionOptions } from '../connection.ts';
import { inCluster } from './in-cluster.ts';
import { overrideCluster, overrideUser, select, type Selection } from './select.ts';
import { invalidKubeconfig, type Sources, type SourcesWorld } from './sources.ts';

/** Throws a UsageError that lists all problems; unlike kubectl it never falls back to localhost:8080. */
export async function choose(
  sources: Sources,
  given: ConnectionOptions,
  world: SourcesWorld,
  serviceAccountDirectory: string,
): Promise<{ readonly selection: Selection; readonly inPod: boolean }> {
  const options = withAbsolutePaths(given, world.workingDirectory);
  const choice = select(sources.kubeconfig, options, { KUBERNETES_MASTER: world.env['KUBERNETES_MASTER'] });
  if (choice.kind === 'problems') throw invalidKubeconfig(choice.problems, sources);
  const { selection } = choice;
  if (choice.kind === 'chosen') return { selection, inPod: false };
  const pod = await inCluster(world.env, serviceAccountDirectory);
  if (!pod) throw nothingChosen(sources);
  return {
    selection: {
      ...selection,
      cluster: overrideCluster(pod.cluster, options),
      // kubectl drops --as here and acts with the pod's own rights.
      user: selection.userName === undefined ? overrideUser(pod.user, options) : selection.user,
    },
    inPod: true,
  };
}

function nothingChosen({ kubeconfig, files, missing }: Sources): UsageError {
  const contexts = [...kubeconfig.contexts.keys()].toSorted();
  if (contexts.length > 0) {
    return new UsageError(
      [`no context is chosen: ${files.join(', ')} ${files.length === 1 ? 'has' : 'have'} no current-context`],
      { code: 'usage.kubeconfig', hint: `Choose one with --context: ${contexts.join(', ')}` },
    );
  }
  const looked = [...files.map((file) => `${file} (names none)`), ...missing.map((file) => `${file} (does not exist)`)];
  return new UsageError(
    [`no cluster is configured; looked at ${looked.length === 0 ? 'no file' : looked.join(', ')}`],
    {
      code: 'usage.kubeconfig',
      hint: 'Name a kubeconfig with --kubeconfig or KUBECONFIG.',
    },
  );
}

function withAbsolutePaths(options: ConnectionOptions, folder: string): ConnectionOptions {
  const absolute = (path: string | undefined) =>
    path === undefined || path === '' ? undefined : resolve(folder, path);
  return {
    ...options,
    certificateAuthority: absolute(options.certificateAuthority),
    clientCertificate: absolute(options.clientCertificate),
    clientKey: absolute(options.clientKey),
  };
}
