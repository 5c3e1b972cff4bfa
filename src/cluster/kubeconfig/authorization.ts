/** Chooses how a user proves who they are, by kubectl's precedence, and gives the Authorization header for it. */
import { ClusterError } from '../../errors.ts';
import type { CertificatePair } from './certificate.ts';
import { ExecPlugin, type ExecWorld } from './exec.ts';
import { reasonOf } from './file-error.ts';
import type { ClusterEntry, UserEntry } from './file.ts';
import { headerValue } from './impersonation.ts';
import { OidcUser } from './oidc.ts';
import { ReloadedFile } from './reloaded-file.ts';

export interface Proof {
  /** Value of the Authorization header. Secret: never printed. */
  readonly authorization: string | undefined;
  /** A client certificate that a plugin handed out. */
  readonly pair: CertificatePair | undefined;
}

export type Authorize = (options: { readonly signal: AbortSignal; readonly rejected?: boolean }) => Promise<Proof>;

export interface AuthorizationWorld extends ExecWorld {
  warn(message: string): void;
}

export interface AuthorizationInput {
  readonly user: UserEntry;
  /** What messages call the user: `user "jane"`. */
  readonly owner: string;
  /** The kubeconfig the user came from. */
  readonly file: string | undefined;
  readonly cluster: ClusterEntry;
  readonly caPem: string | undefined;
  /** `user:password` of the server's address. */
  readonly userInfo: string | undefined;
  /** A client certificate of the user's own makes an exec plugin superfluous. */
  readonly hasCertificate: boolean;
}

/** Source: client-go `rest.Config.TransportConfig` and `transport.HTTPWrappersForConfig`. */
export function authorizer(input: AuthorizationInput, world: AuthorizationWorld): Authorize {
  const { user, owner } = input;
  const token = (user.token ?? '').trim();
  if ((user.tokenFile ?? '') !== '') return fromFile(new ReloadedFile(user.tokenFile ?? '', world.clock), token, owner);
  if (token !== '') return fixed(bearer(token));
  if ((user.username ?? '') !== '' || (user.password ?? '') !== '') {
    return fixed(basic(`${user.username ?? ''}:${user.password ?? ''}`));
  }
  if (user.exec && !input.hasCertificate) {
    const plugin = new ExecPlugin(user.exec, input.cluster, input.caPem, world);
    return async (options) => {
      const { token: answered, pair } = await plugin.answer(options);
      return { authorization: answered === undefined ? undefined : bearer(answered), pair };
    };
  }
  if (user['auth-provider']) {
    const oidc = new OidcUser(user['auth-provider'].config ?? {}, owner, { ...world, file: input.file });
    return async ({ signal }) => ({ authorization: bearer(await oidc.idToken(signal)), pair: undefined });
  }
  return fixed(input.userInfo === undefined ? undefined : basic(input.userInfo));
}

function fixed(authorization: string | undefined): Authorize {
  return async ({ signal }) => {
    signal.throwIfAborted();
    return { authorization, pair: undefined };
  };
}

/** The file's token counts as long as there is one; `fallback` is the entry's own token. */
function fromFile(file: ReloadedFile, fallback: string, owner: string): Authorize {
  return async ({ signal, rejected }) => {
    try {
      const token = (await file.read({ signal, fresh: rejected })).trim();
      if (token !== '') return { authorization: bearer(token), pair: undefined };
      if (fallback === '') throw new Error('it is empty');
    } catch (error) {
      signal.throwIfAborted();
      if (fallback === '') {
        throw new ClusterError(`${owner}: no token in ${file.path}: ${reasonOf(error)}`, {
          code: 'cluster.credentials',
          cause: error,
        });
      }
    }
    return { authorization: bearer(fallback), pair: undefined };
  };
}

function bearer(token: string): string {
  return `Bearer ${headerValue(token)}`;
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}
