/** How a budget comes to its numbers, as its controller calculates (`pkg/controller/disruption`). */
import type { Budget } from '../cluster/budget.ts';

/** Limits and numbers of a budget; what of it is needed here. */
export type BudgetNumbers = Pick<
  Budget,
  | 'minAvailable'
  | 'maxUnavailable'
  | 'disruptionsAllowed'
  | 'currentHealthy'
  | 'desiredHealthy'
  | 'expectedPods'
  | 'settled'
>;

/** How many have to be healthy among so many expected; percentages round up, for both limits. */
export function desiredOf({ minAvailable, maxUnavailable }: BudgetNumbers, expected: number): number {
  if (maxUnavailable !== undefined) return Math.max(0, expected - scaled(maxUnavailable, expected));
  if (minAvailable !== undefined) return scaled(minAvailable, expected);
  return expected;
}

/** The smallest size, not below the present one, at which an eviction would be allowed; undefined when none is. */
export function sufficientSize(budget: BudgetNumbers): number | undefined {
  const from = Math.max(1, budget.expectedPods);
  for (let size = from; size <= from + 1000; size += 1) {
    if (desiredOf(budget, size) < size) return size;
  }
  return undefined;
}

/** `maxUnavailable 30% of 7 expected = 2.1, rounded up to 3`, and so on to `disruptionsAllowed`. */
export function arithmeticOf(budget: BudgetNumbers): readonly string[] {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budget;
  const counted = desiredOf(budget, expectedPods);
  const lines = [...limitLines(budget)];
  if (budget.settled && counted !== desiredHealthy) {
    lines.push(`the server says desiredHealthy = ${desiredHealthy}: its numbers are from another moment`);
  }
  const difference = currentHealthy - desiredHealthy;
  if (expectedPods <= 0) return [...lines, 'disruptionsAllowed = 0, because it expects no pods'];
  const floor = difference < 0 && disruptionsAllowed === 0 ? `${difference}, so 0` : String(difference);
  lines.push(`currentHealthy ${currentHealthy} - desiredHealthy ${desiredHealthy} = ${floor}`);
  if (Math.max(0, difference) === disruptionsAllowed) lines.push(`disruptionsAllowed = ${disruptionsAllowed}`);
  else lines.push(`the server says disruptionsAllowed = ${disruptionsAllowed}`);
  return lines;
}

export function isPercentage(limit: number | string | undefined): limit is string {
  return typeof limit === 'string' && limit.endsWith('%');
}

function limitLines({ minAvailable, maxUnavailable, expectedPods }: BudgetNumbers): readonly string[] {
  if (maxUnavailable !== undefined) {
    const gone = scaled(maxUnavailable, expectedPods);
    const desired = Math.max(0, expectedPods - gone);
    return [
      ...percentageLine('maxUnavailable', maxUnavailable, expectedPods),
      `desiredHealthy = expectedPods ${expectedPods} - maxUnavailable ${gone} = ${desired}`,
    ];
  }
  if (minAvailable === undefined) return [];
  return [
    ...percentageLine('minAvailable', minAvailable, expectedPods),
    `desiredHealthy = minAvailable = ${scaled(minAvailable, expectedPods)}`,
  ];
}

function percentageLine(name: string, limit: number | string, expected: number): readonly string[] {
  if (!isPercentage(limit)) return [];
  const exact = (Number.parseInt(limit, 10) * expected) / 100;
  const rounded = Number.isInteger(exact) ? '' : `, rounded up to ${Math.ceil(exact)}`;
  return [`${name} ${limit} of ${expected} expected = ${Number(exact.toFixed(2))}${rounded}`];
}

function scaled(limit: number | string, expected: number): number {
  if (typeof limit === 'number') return limit;
  const number = Number.parseInt(limit, 10);
  if (Number.isNaN(number)) return 0;
  return isPercentage(limit) ? Math.ceil((number * expected) / 100) : number;
}
