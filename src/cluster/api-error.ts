/** Turns an API server's refusal into an error that says what, which, why and what next. */
import type { Kubectl } from '../cli/kubectl.ts';
import { ClusterError, type ClusterErrorCode } from '../errors.ts';
import { explanationOf, retryAfterMs, statusOf, type Answer } from './answer.ts';
import { rbacHint } from './rbac.ts';
import { describeRequest } from './resource-path.ts';

/** The request that was answered. */
export interface Asked {
  readonly method: string;
  /** Path and query as the API knows them. */
  readonly path: string;
  /** URL of the API server, fit to be printed. */
  readonly server: string;
  /** Writes commands that reach it. */
  readonly kubectl: Kubectl;
  /** Why the server may not know us, if that is plain to see: {@link expiryOf}. */
  readonly expired?: string | undefined;
}

/** The error for an answer that is no success. */
export function answerError(asked: Asked, answer: Answer): ClusterError {
  const { code, hint } = classify(asked, answer);
  const what = describeRequest(asked.method, asked.path);
  const why = asked.expired !== undefined && answer.status === 401 ? asked.expired : explanationOf(answer);
  const reason = statusOf(answer.body)?.reason;
  const label = reason ? `${answer.status} ${reason}` : `HTTP ${answer.status}`;
  return new ClusterError(`cannot ${what} on ${asked.server}: ${why === '' ? 'no reason given' : why} (${label})`, {
    code,
    status: answer.status,
    retryAfterMs: retryAfterMs(answer),
    hint,
  });
}

/** The error for a body that is not what an API server sends, whatever its status. */
export function unreadableError(asked: Asked, answer: Answer): ClusterError {
  return new ClusterError(
    `cannot ${describeRequest(asked.method, asked.path)} on ${asked.server}: the answer is not JSON but ${explanationOf(answer) || 'empty'} (HTTP ${answer.status})`,
    { code: 'cluster.invalid', status: answer.status, hint: notAnApiServer(asked) },
  );
}

function notAnApiServer({ kubectl }: Asked): string {
  const look = kubectl('config', 'view', '--minify');
  return `is this the URL of a Kubernetes API server, with the path that a proxy in front of it wants? ${look}`;
}

function logIn({ kubectl }: Asked): string {
  const look = kubectl('auth', 'whoami');
  return `log in to the cluster again, or name another kubeconfig, context or token; try: ${look}`;
}

function classify(asked: Asked, answer: Answer): { code: ClusterErrorCode; hint: string | undefined } {
  const status = statusOf(answer.body);
  switch (answer.status) {
    case 401:
      return {
        code: 'cluster.unauthorized',
        hint: `${asked.expired === undefined ? 'the token or the client certificate is unknown to the server or has expired: ' : ''}${logIn(asked)}`,
      };
    case 403:
      return { code: 'cluster.forbidden', hint: rbacHint(status?.message ?? '', asked.kubectl) };
    case 404:
      // Whoever answers 404 without a Status is no API server: nothing can be said of the object.
      return status
        ? { code: 'cluster.not-found', hint: undefined }
        : { code: 'cluster.invalid', hint: notAnApiServer(asked) };
    case 409:
      return { code: 'cluster.conflict', hint: undefined };
    case 410:
      return { code: 'cluster.expired', hint: 'what was read is too old to go on from: run the command again' };
    case 429:
      return { code: 'cluster.throttled', hint: 'the API server is busy: try again in a moment' };
    case 400:
      return {
        code: 'cluster.invalid',
        hint: answer.body.includes('HTTP request to an HTTPS server')
          ? 'use https:// in the URL of the server'
          : undefined,
      };
    case 408:
      return { code: 'cluster.timeout', hint: undefined };
    case 504:
      if (status) break;
      return { code: 'cluster.timeout', hint: 'a gateway before the API server gave up waiting for it: try again' };
    default:
      break;
  }
  if (answer.status >= 500) {
    return {
      code: 'cluster.server',
      hint: `the API server or a proxy before it is in trouble: ${asked.kubectl('get', '--raw', '/readyz?verbose')}`,
    };
  }
  return { code: 'cluster.invalid', hint: answer.status < 400 ? notAnApiServer(asked) : undefined };
}
