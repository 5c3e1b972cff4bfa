/** Numbers that may be percentages: maxUnavailable, maxSurge, minAvailable. */
import type { IntOrPercent } from './models.ts';

/** The number, or that share of `total` (intstr.GetScaledValueFromIntOrPercent). Throws for a text that is no percentage. */
export function scaled(value: IntOrPercent, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage`);
  const share = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
