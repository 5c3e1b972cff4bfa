/** The answers to paths and methods that the server does not have. */
import { ApiStatus } from '../status.ts';
import type { Answer } from './handler.ts';

/** Below an API group that exists. */
export function noSuchResource(): ApiStatus {
  return new ApiStatus(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): ApiStatus {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiStatus(405, 'MethodNotAllowed', message, {});
}

/** Where a kubelet would be asked, or what runs in containers. */
export function noKubelets(what: string): ApiStatus {
  const message = `the playground has no kubelets and runs no containers: ${what} needs a real cluster`;
  return new ApiStatus(405, 'MethodNotAllowed', message, {});
}

/** Outside of all groups: Go's own words. */
export const pageNotFound: Answer = textAnswer(404, '404 page not found\n');

export function textAnswer(status: number, text: string): Answer {
  return { status, text, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}
