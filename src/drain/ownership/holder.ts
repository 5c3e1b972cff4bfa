/** Who runs kmaint, as others read it on a node. */
import { hostname, userInfo } from 'node:os';

/** `user@host`; a user without an entry in the system's list is called by its environment, or `unknown`. */
export function holderName(env: Readonly<Record<string, string | undefined>>): string {
  return `${userName() ?? env['USER'] ?? env['USERNAME'] ?? 'unknown'}@${hostname()}`;
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
