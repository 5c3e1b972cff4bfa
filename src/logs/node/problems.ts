/** Says why the log of a node cannot be read, and what to do about it. */
import type { Kubectl } from '../../cli/kubectl.ts';
import type { NodeLogAnswer } from '../../cluster/node-log.ts';
import { exitCodes, KmaintError } from '../../errors.ts';

/** Answers that no further question changes. */
export type Refusal = Exclude<NodeLogAnswer, { readonly kind: 'stream' | 'transient' }>;

/** `what`: such as `unit kubelet` or `/var/log/syslog`. */
export function refusalError(
  refusal: Refusal,
  node: string,
  what: string,
  { programName, kubectl }: { readonly programName: string; readonly kubectl: Kubectl },
): KmaintError {
  const verb = `${programName} node-logs`;
  const debug = kubectl('debug', `node/${node}`, '-it', '--image=busybox', '--profile=sysadmin');
  const otherwise = `or read it without the API: ${verb} ${node} --via ssh; on the node itself: ${verb} --local; where there is no ssh, from a pod on it: ${debug} -- chroot /host journalctl`;
  const right = `get on nodes/proxy (${kubectl('auth', 'can-i', 'get', 'nodes', '--subresource=proxy')})`;
  switch (refusal.kind) {
    case 'not-enabled':
      return error('not-enabled', `the kubelet of node ${node} takes no queries for logs: ${refusal.message}`, {
        exitCode: exitCodes.cluster,
        hint: `set enableSystemLogHandler and enableSystemLogQuery to true in the kubelet's configuration, before Kubernetes 1.36 also the feature gate NodeLogQuery; it needs the right to ${right}; ${otherwise}`,
      });
    case 'forbidden':
      return error('forbidden', refusal.error.message, {
        exitCode: exitCodes.cluster,
        hint: `the logs of nodes need the right to ${right}, and the API server that of nodes/proxy or nodes/log at the kubelet, whose configuration has to have enableSystemLogQuery set to true; ${otherwise}`,
        cause: refusal.error,
      });
    case 'no-node':
      return error('no-node', `there is no node ${node}: ${refusal.message}`, {
        exitCode: exitCodes.usage,
        hint: kubectl('get', 'nodes'),
      });
    case 'no-file':
      return error('no-file', `node ${node} has no ${what}, or shows no logs: ${refusal.message}`, {
        exitCode: exitCodes.usage,
        hint: kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/logs/`),
      });
    case 'no-log':
      return error('no-log', `node ${node} shows no log of ${what}: ${refusal.message}`, {
        exitCode: exitCodes.usage,
        hint: `on the node: systemctl list-units --type service; files: ${verb} ${node} --file NAME`,
      });
    case 'bad-query':
      return error('bad-query', `the journalctl of node ${node} does not take what is asked: ${refusal.message}`, {
        exitCode: exitCodes.usage,
        hint: `--grep takes PCRE2, --since and --until the times that ${verb} --help lists`,
      });
    case 'is-file':
      return error('is-file', `${what} of node ${node} writes to a file, of which the kubelet filters nothing`, {
        exitCode: exitCodes.usage,
        hint: `leave out --since, --until, --grep and --boot; ${otherwise}`,
      });
    case 'refused':
      return error('refused', refusal.error.message, {
        exitCode: exitCodes.cluster,
        hint: refusal.error.hint,
        cause: refusal.error,
      });
  }
}

/** The log was read, but not to its end. */
export function unfinishedError(node: string, why: string): KmaintError {
  return error('unfinished', `the log of node ${node} could not be read to its end: ${why}`, {
    exitCode: exitCodes.incomplete,
    hint: 'ask for less at once: --since, --tail, or --grep with a narrower --since',
  });
}

function error(
  code: string,
  message: string,
  options: Omit<ConstructorParameters<typeof KmaintError>[1], 'code'>,
): KmaintError {
  return new KmaintError(message, { code: `node-logs.${code}`, ...options });
}
