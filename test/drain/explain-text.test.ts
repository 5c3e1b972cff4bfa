/** An explanation as text: all of it, harmless, and with no more meaning in colour than in words. */
import { describe, expect, it } from 'vitest';
import type { Explanation, ExplanationVerdict } from '../../src/drain/explain.ts';
import { styleFor } from '../../src/report/colors.ts';
import { renderExplanation } from '../../src/report/explain-text.ts';
import { plainStyle } from '../../src/report/style.ts';

const explanation: Explanation = {
  kind: 'pod',
  namespace: 'shop',
  name: 'web-1',
  verdict: 'blocked',
  sentences: ['its budget shop/web: it allows no disruption now', 'shop/web-2 is not ready'],
  arithmetic: ['desiredHealthy = minAvailable = 1', 'currentHealthy 1 - desiredHealthy 1 = 0'],
  pods: [
    { namespace: 'shop', name: 'web-2', node: '', healthy: false, state: 'not ready' },
    { namespace: 'shop', name: 'web-1', node: 'node1', healthy: true, state: 'ready' },
  ],
  fixes: ['kubectl describe pod web-2 -n shop'],
};

const render = (differences: Partial<Explanation>): string =>
  renderExplanation({ ...explanation, ...differences }, plainStyle);

describe('renderExplanation', () => {
  it('says everything, in order', () => {
    expect(render({})).toBe(`pod shop/web-1: blocked
  its budget shop/web: it allows no disruption now
  shop/web-2 is not ready

numbers:
  desiredHealthy = minAvailable = 1
  currentHealthy 1 - desiredHealthy 1 = 0

pods that the budget covers:
  POD          NODE     STATE
  shop/web-2   <none>   not ready
  shop/web-1   node1    ready

what would help:
  kubectl describe pod web-2 -n shop
`);
  });

  it('leaves out what there is nothing of', () => {
    expect(render({ verdict: 'may-go', sentences: ['no budget covers it'], arithmetic: [], pods: [], fixes: [] })).toBe(
      'pod shop/web-1: may go\n  no budget covers it\n',
    );
  });

  it('shows twenty pods and counts the others', () => {
    const pods = Array.from({ length: 23 }, (_, index) => ({
      ...(explanation.pods[1] as Explanation['pods'][number]),
      name: `web-${index}`,
    }));
    const text = render({ pods });
    expect(text.match(/shop\/web-\d+ +node1/g)).toHaveLength(20);
    expect(text).toContain('\n  and 3 more\n');
  });

  it.each<[ExplanationVerdict, string]>([
    ['may-go', 'may go'],
    ['never', 'blocked for good'],
    ['settling', 'not computed yet'],
    ['several-budgets', 'blocked by an overlap of budgets'],
    ['terminating', 'terminating'],
    ['finished', 'finished'],
    ['left-alone', 'left alone by drains'],
    ['unknown', 'not known'],
  ])('says %s in words, in colour too', (verdict, words) => {
    expect(render({ verdict })).toContain(`pod shop/web-1: ${words}\n`);
    expect(renderExplanation({ ...explanation, verdict }, styleFor(true))).toContain(words);
  });

  it('lets nothing of the cluster act on the terminal or pass for a line of ours', () => {
    const text = render({ sentences: ['so it says: \u001b[2J\nwhat would help:'] });
    expect(text).toContain('so it says: \\x1b[2J\n    what would help:');
    expect(text).not.toContain('\u001b');
  });
});
