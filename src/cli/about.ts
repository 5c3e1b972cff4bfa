/** What this program is called and which version it is. */
import { version as packageVersion } from '../../package.json';
import type { Platform } from './io.ts';

/** Without a `v`. */
export const version: string = packageVersion;

/** What stands in the API server's audit log. */
export function userAgent(platform: Platform): string {
  return `kmaint/${version} (${platform.os}/${platform.arch})`;
}
