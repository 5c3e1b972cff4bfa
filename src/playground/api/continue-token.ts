/** The token that the next page of a list is asked for with (apiserver pkg/storage/continue.go). */
import { badRequest } from '../registry-errors.ts';

export interface ContinueToken {
  /** Of the first page; -1 asks for the rest as it is now. */
  readonly revision: number;
  /** The key after which the next page begins. */
  readonly start: string;
}

const version = 'meta.k8s.io/v1';

export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: version, rv: revision, start: `${start}\u0000` })).toString('base64url');
}

/** Throws 400 for what this server has not written. */
export function decodeContinue(token: string): ContinueToken {
  const text = Buffer.from(token, 'base64url').toString();
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    const why =
      text === ''
        ? 'unexpected end of JSON input'
        : `invalid character '${text.slice(0, 1)}' looking for beginning of value`;
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  }
  if (parsed.v !== version) {
    throw badRequest(
      `invalid continue token: continue key is not valid: server does not recognize this encoded version ${JSON.stringify(parsed.v ?? '')}`,
    );
  }
  if (typeof parsed.rv !== 'number' || typeof parsed.start !== 'string' || parsed.start === '') {
    throw badRequest('invalid continue token: continue key is not valid: encoded start resourceVersion or key missing');
  }
  return { revision: parsed.rv, start: parsed.start.slice(0, -1) };
}
