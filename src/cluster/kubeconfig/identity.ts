/** What to call the user of a connection, in plans, prompts and messages. */
import type { UserEntry } from './file.ts';
import { jwtClaim } from './oidc.ts';
import type { Selection } from './select.ts';

/** For messages: `user "jane"`, `the user of --token`, `the service account of this pod`. */
export function ownerOf({ userFlag, userName }: Selection, inPod: boolean): string {
  if (userFlag !== undefined) return `the user of --${userFlag.replace(' ', '-')}`;
  if (userName !== undefined) return `user "${userName}"`;
  return inPod ? 'the service account of this pod' : 'the user';
}

/**
 * For the first line of plans and prompts: `admin`, `admin as jane`, `service account ns/name`. Over plain http no
 * credentials are sent, so that nobody is who we are. `token` is the service account's, if any.
 */
export function nameOf(
  { userFlag, userName, user }: Selection,
  how: { readonly secure: boolean; readonly token: string | undefined },
): string {
  const account = how.token === undefined ? undefined : serviceAccount(how.token);
  const name = how.secure ? (userFlag ?? userName ?? account ?? 'anonymous') : 'anonymous';
  return user.as === undefined || user.as === '' ? name : `${name} as ${user.as}`;
}

/** True where the entry holds anything that proves who we are. */
export function hasCredentials(user: UserEntry): boolean {
  const { token, tokenFile, username, password, exec, 'auth-provider': provider } = user;
  const texts = [token, tokenFile, username, password, user['client-certificate'], user['client-certificate-data']];
  return exec !== undefined || provider !== undefined || texts.some((text) => text !== undefined && text !== '');
}

function serviceAccount(token: string): string {
  const subject = jwtClaim(token.trim(), 'sub');
  const match = typeof subject === 'string' ? /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) : null;
  return match ? `service account ${match[1]}/${match[2]}` : 'service account';
}
