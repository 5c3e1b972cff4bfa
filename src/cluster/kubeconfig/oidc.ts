/** The id-token of a user with `auth-provider: oidc`, refreshed when it is about to expire. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { ClusterError } from '../../errors.ts';
import { reasonOf } from './file-error.ts';
import { refreshTokens } from './oidc-refresh.ts';
import { keepTokens } from './oidc-keep.ts';
import { SharedRun } from './shared-run.ts';

export interface OidcWorld {
  readonly clock: Clock;
  /** The kubeconfig that the user came from; new tokens are written there, as kubectl does. */
  readonly file: string | undefined;
  warn(message: string): void;
}

// client-go's expiryDelta: clocks differ.
const expiryDeltaMs = 10_000;

/** Source of behaviour: client-go `plugin/pkg/client/auth/oidc`. */
export class OidcUser {
  readonly #owner: string;
  readonly #world: OidcWorld;
  readonly #refreshing: SharedRun<string>;
  #config: Readonly<Record<string, string>>;

  /** `owner` is what messages call the user: `user "jane"`. */
  constructor(config: Readonly<Record<string, string>>, owner: string, world: OidcWorld) {
    this.#config = config;
    this.#owner = owner;
    this.#world = world;
    this.#refreshing = new SharedRun((signal) => this.#refresh(signal));
  }

  /** An id-token good for 10 s or more. Throws `cluster.credentials` when there is none to be had. */
  async idToken(signal: AbortSignal): Promise<string> {
    const token = this.#config['id-token'] ?? '';
    if (token !== '') {
      const expiresAtMs = jwtExpiryMs(token);
      if (expiresAtMs === undefined) throw this.#failure('holds an id-token that is not a JWT');
      if (this.#world.clock.now() + expiryDeltaMs < expiresAtMs) return token;
    }
    if ((this.#config['refresh-token'] ?? '') === '') {
      throw this.#failure('has no valid id-token, and no refresh-token to get one with');
    }
    return this.#refreshing.join(signal);
  }

  async #refresh(signal: AbortSignal): Promise<string> {
    const config = this.#config;
    const issuerUrl = config['idp-issuer-url'] ?? '';
    try {
      const tokens = await refreshTokens({
        issuerUrl,
        clientId: config['client-id'] ?? '',
        clientSecret: config['client-secret'] ?? '',
        refreshToken: config['refresh-token'] ?? '',
        caPem: await authority(config, signal),
        signal,
      });
      this.#config = {
        ...config,
        'id-token': tokens.idToken,
        ...(tokens.refreshToken !== undefined && { 'refresh-token': tokens.refreshToken }),
      };
      await this.#keep(config);
      return tokens.idToken;
    } catch (error) {
      signal.throwIfAborted();
      throw this.#failure(`could not get a new id-token from ${issuerUrl}: ${reasonOf(error)}`, error);
    }
  }

  async #keep(former: Readonly<Record<string, string>>): Promise<void> {
    const { file } = this.#world;
    if (file !== undefined && (await keepTokens(file, former, this.#config))) return;
    this.#world.warn(
      `the new tokens of ${this.#owner} could not be written to ${file ?? 'a kubeconfig'}; if the provider accepts a refresh token only once, log in again`,
    );
  }

  #failure(what: string, cause?: unknown): ClusterError {
    return new ClusterError(`${this.#owner} (auth-provider oidc) ${what}`, {
      code: 'cluster.credentials',
      hint: 'Log in again with the tool that wrote this kubeconfig.',
      cause,
    });
  }
}

async function authority(config: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string | undefined> {
  const data = config['idp-certificate-authority-data'] ?? '';
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const path = config['idp-certificate-authority'] ?? '';
  return path === '' ? undefined : readFile(path, { encoding: 'utf8', signal });
}

/** The `exp` of a JWT in milliseconds since the epoch, unverified; undefined for what is not one. */
export function jwtExpiryMs(token: string): number | undefined {
  const exp = jwtClaim(token, 'exp');
  return typeof exp === 'number' ? exp * 1000 : undefined;
}

/** One claim of a JWT, unverified. */
export function jwtClaim(token: string, name: string): unknown {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? Reflect.get(claims, name) : undefined;
  } catch {
    return undefined;
  }
}
