/** The budgets of a plan as text: what each lets happen, what holds it up, and what would help. */
import type { BudgetPlan, BudgetPlanVerdict } from '../drain/budget-plan.ts';
import { counted } from './counting.ts';
import { indented } from './harmless.ts';
import type { Style } from './style.ts';

/** Those that are worst come first. */
const verdictOrder: readonly BudgetPlanVerdict[] = ['never', 'unknown', 'settling', 'later', 'bypassed', 'now'];

/** So many budgets are shown without `-v`. */
const mostBudgets = 20;
/** Names of pods on one line. */
const mostNames = 5;

/** Budgets that make pods wait, and with `-v` those that let all go; empty when there are none. */
export function budgetLines(budgets: readonly BudgetPlan[], style: Style, verbosity: number): string[] {
  const told = verdictOrder
    .flatMap((verdict) => budgets.filter((budget) => budget.verdict === verdict))
    .filter(({ verdict }) => verbosity > 0 || verdict !== 'now');
  if (told.length === 0) return [];
  // One more takes up hardly more room than the words for it.
  const shown = verbosity > 0 || told.length <= mostBudgets + 1 ? told : told.slice(0, mostBudgets);
  const more = told.length - shown.length;
  return [
    `${style.strong('budgets')} (over all pods of the plan):`,
    ...shown.flatMap(oneBudget),
    ...(more === 0 ? [] : [`  and ${more} more; -v shows them`]),
  ];
}

function oneBudget(budget: BudgetPlan): string[] {
  const { namespace, name, message, fix, pods } = budget;
  const lines = [`  ${namespace}/${name}: ${indented(message, '    ')}`, `    guards ${someOf(pods, pods.length)}`];
  if (budget.verdict !== 'now' && budget.verdict !== 'bypassed') lines.push(...heldUpBy(budget));
  if (fix !== undefined) lines.push(`    ${indented(fix, '      ')}`);
  return lines;
}

function heldUpBy({ elsewhere, elsewhereCount }: BudgetPlan): readonly string[] {
  if (elsewhereCount === undefined) return ['    held up by pods on other nodes, which were not read'];
  if (elsewhereCount === 0) return ['    held up by no pod on another node'];
  const names = elsewhere.map(({ name, node, ready }) => {
    const where = node === '' ? 'no node' : node;
    return `${name} (${where}, ${ready ? 'ready' : 'not ready'})`;
  });
  return [`    held up by ${counted(elsewhereCount, 'pod')} elsewhere: ${someOf(names, elsewhereCount)}`];
}

function someOf(names: readonly string[], count: number): string {
  const shown = names.slice(0, mostNames);
  const more = count - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
