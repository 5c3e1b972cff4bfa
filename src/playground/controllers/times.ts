/** Times as Kubernetes writes them. */
import type { Clock } from '../../clock.ts';

/** `metav1.Time`: whole seconds. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime`: six digits. */
export function microTime(ms: number): string {
  const text = new Date(ms).toISOString();
  return `${text.slice(0, 23)}000Z`;
}

/** Now, as conditions want it. */
export function nowText(clock: Clock): string {
  return rfc3339(clock.now());
}
