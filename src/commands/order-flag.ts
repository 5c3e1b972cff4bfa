/** `--order 10:app=ceph-osd`: which pods go before or after the others. */
import { selectorProblem } from '../cli/label-selector.ts';
import { quoted, type Flag } from '../cli/flag.ts';
import type { OrderRule } from '../drain/plan.ts';

/** Repeatable; the first rule that matches a pod counts. */
export const orderFlag: Flag<readonly OrderRule[]> = {
  name: 'order',
  about: 'Pods with these labels go after all pods of lower numbers are gone; others have 0: 10:app=ceph-osd',
  valueName: 'n:selector',
  bare: undefined,
  repeatable: true,
  fallback: [],
  fallbackText: undefined,
  parse(texts) {
    const value: OrderRule[] = [];
    for (const text of texts) {
      const match = /^([+-]?\d{1,9}):(.+)$/s.exec(text);
      if (!match) return { problem: `${quoted(text)} is not NUMBER:SELECTOR; write one such as 10:app=ceph-osd` };
      const [, order = '', selector = ''] = match;
      const problem = selectorProblem(selector);
      if (problem !== undefined) return { problem };
      value.push({ order: Number(order), selector });
    }
    return { value };
  },
  onlyFlag: undefined,
  onlyFlagWhen: () => true,
  secret: false,
};
