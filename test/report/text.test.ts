/** Plan, errors, small words, colours and modes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitCodes, KmaintError, UsageError } from '../../src/errors.ts';
import { styleFor } from '../../src/report/colors.ts';
import { elapsedText, waitText } from '../../src/report/durations.ts';
import { renderError } from '../../src/report/error-text.ts';
import { harmless, harmlessJson } from '../../src/report/harmless.ts';
import { chooseColor, chooseProgress } from '../../src/report/modes.ts';
import { renderPlan } from '../../src/report/plan-text.ts';
import { plainStyle } from '../../src/report/style.ts';
import { clip, clipMiddle, displayWidth } from '../../src/report/width.ts';
import { anyText } from './any-event.ts';
import { blockedPlan, decision, drainPlan, nodePlan, plan, web1 } from './sample-run.ts';

const options = { identity: true, verbosity: 0, style: plainStyle };

describe('renderPlan', () => {
  it('lists pods, blockers with the flag that lifts each, and risks', async () => {
    await expect(renderPlan(plan, options)).toMatchFileSnapshot('../../fixtures/output/report-plan.txt');
    await expect(renderPlan(blockedPlan, options)).toMatchFileSnapshot('../../fixtures/output/report-plan-blocked.txt');
  });

  it('lists the pods left alone at -v', () => {
    const text = renderPlan(plan, { ...options, verbosity: 1 });
    expect(text).toMatch(/^leave    kube-system\/etcd-n1 +<none> +<none>   static pod: stops with the node$/m);
    expect(text).not.toContain('-v lists them');
  });

  it('says delete where budgets are bypassed, and unknown where they could not be read', () => {
    const text = renderPlan(
      drainPlan([nodePlan([decision(web1)], { budgetsKnown: false })], { disableEviction: true }),
      options,
    );
    expect(text).toContain('node/n1: 1 pod: 1 to delete\n');
    expect(text).toMatch(/^delete   shop\/web-1   ReplicaSet\/web-5d9   <unknown>$/m);
    expect(text).toContain('could not be read: the server decides at each eviction');
  });

  it('tells a risk that --strict made a blocker only once', () => {
    const message = 'budget shop/web never allows a disruption';
    const strict = decision(web1, {
      action: 'blocked',
      risks: [{ kind: 'budget-never', message }],
      blockers: [{ kind: 'strict', message, flag: '--strict=false' }],
    });
    const text = renderPlan(drainPlan([nodePlan([strict])]), options);
    expect(text).toContain(`  1 pod: ${message} (--strict=false lifts this)\n    shop/web-1\n`);
    expect(text).not.toContain('risks');
  });

  it('says so when there is nothing to do', () => {
    expect(renderPlan(drainPlan([nodePlan([])]), options)).toBe(
      'context prod, server https://10.0.0.1:6443, user admin\nnode/n1: 0 pods\n',
    );
  });
});

describe('renderError', () => {
  const code = { code: 'x', exitCode: exitCodes.cluster };

  it.each([
    ['message', new KmaintError('node "x" not found', code), 'error: node "x" not found\n'],
    ['hint', new KmaintError('a', { ...code, hint: 'kubectl get nodes' }), 'error: a\nhint: kubectl get nodes\n'],
    ['one problem', new UsageError(['bad duration']), 'error: bad duration\n'],
    [
      'several problems',
      new UsageError(['bad a', 'bad b'], { hint: 'kmaint drain --help' }),
      'error: 2 problems:\n  - bad a\n  - bad b\nhint: kmaint drain --help\n',
    ],
    ['foreign error', new TypeError('boom'), 'error: boom\n'],
    ['no error', 42, 'error: something that is no error was thrown\n'],
    ['forged lines', new KmaintError('no\nnode/n1 drained\u001B[2J', code), 'error: no\n  node/n1 drained\\x1b[2J\n'],
  ])('shows %s', (_, error, text) => {
    expect(renderError(error)).toBe(text);
  });

  it('keeps causes to itself', () => {
    expect(renderError(new KmaintError('a', { ...code, cause: new Error('Bearer s3cret') }))).not.toContain('s3cret');
  });

  it('colours words, and says the same without colours', () => {
    const colored = renderError(new KmaintError('a', { ...code, hint: 'b' }), styleFor(true));
    expect(colored).toBe('\u001B[31merror:\u001B[39m a\n\u001B[1mhint:\u001B[22m b\n');
  });
});

describe('harmless', () => {
  it.each([
    ['\u001B[31mred\u0007', '\\x1b[31mred\\x07'],
    ['a\u009B31m', 'a\\x9b31m'],
    ['a\u202Eb\u200B', 'a\\u202eb\\u200b'],
    ['\u{E0041}', '\\u{e0041}'],
    ['a\r\nb\rc', 'a\nb\\x0dc'],
    ['lone \uD800', 'lone \\ud800'],
    ['Grüße 漢字 🙂', 'Grüße 漢字 🙂'],
  ])('turns %j into %j', (unsafe, safe) => {
    expect(harmless(unsafe)).toBe(safe);
  });

  it('makes JSON that parses to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText, (value, text) => {
        const both = { value, text };
        const json = harmlessJson(both);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(both)));
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('small words', () => {
  it.each([
    [0, '0s'],
    [59_999, '59s'],
    [65_000, '1m05s'],
    [3_600_000, '1h00m'],
    [-5, '0s'],
  ])('%d ms elapsed is %s', (ms, text) => {
    expect(elapsedText(ms)).toBe(text);
  });

  it.each([
    [0, '1s'],
    [200, '1s'],
    [5001, '6s'],
    [90_000, '1m30s'],
  ])('%d ms to wait is %s', (ms, text) => {
    expect(waitText(ms)).toBe(text);
  });

  it('clips to any width', () => {
    fc.assert(
      fc.property(anyText, fc.nat(30), (text, width) => {
        for (const cut of [clip(text, width), clipMiddle(text, width)]) {
          expect(displayWidth(cut)).toBeLessThanOrEqual(width);
          expect(cut).not.toContain('\n');
          if (displayWidth(text) <= width) expect(cut).toBe(text.replaceAll('\n', ' '));
        }
      }),
    );
    expect(clip('abcdefgh', 6)).toBe('abc...');
    expect(clipMiddle('abcdefghij', 9)).toBe('abc...hij');
    expect(clipMiddle('abcdefghij', 10)).toBe('abcdefghij');
    expect(clipMiddle('漢字漢字', 7)).toBe('漢...字');
    expect(clipMiddle('abcdefghij', 4)).toBe('a...');
    expect(clipMiddle('ab\ncdefghij', 0)).toBe('');
    expect(clip('漢字漢字', 7)).toBe('漢字...');
  });
});

describe('chooseProgress', () => {
  const terminal = { isTTY: true };
  const pipe = {};
  it.each([
    ['auto', terminal, terminal, {}, 'live'],
    ['auto', pipe, terminal, {}, 'plain'],
    ['auto', terminal, pipe, {}, 'plain'],
    ['auto', terminal, terminal, { CI: 'true' }, 'plain'],
    ['auto', terminal, terminal, { CI: 'false' }, 'live'],
    ['auto', terminal, terminal, { TERM: 'dumb' }, 'plain'],
    ['live', pipe, terminal, { CI: '1' }, 'live'],
    ['plain', terminal, terminal, {}, 'plain'],
    ['quiet', terminal, terminal, {}, 'quiet'],
  ] as const)('%s with stdout %j, stderr %j, %j is %s', (asked, stdout, stderr, env, mode) => {
    expect(chooseProgress(asked, { stdout, stderr }, env)).toEqual({ mode, warning: undefined });
  });

  it.each([
    [pipe, {}],
    [terminal, { TERM: 'dumb' }],
  ] as const)('says that live cannot be had (%j, %j)', (stderr, env) => {
    const { mode, warning } = chooseProgress('live', { stdout: terminal, stderr }, env);
    expect([mode, warning]).toEqual(['plain', expect.stringContaining('needs a terminal')]);
  });
});

describe('chooseColor', () => {
  const terminal = { isTTY: true };
  it.each([
    ['auto', terminal, {}, true],
    ['auto', {}, {}, false],
    ['auto', terminal, { NO_COLOR: '1' }, false],
    ['auto', terminal, { NO_COLOR: '' }, true],
    ['auto', terminal, { TERM: 'dumb' }, false],
    ['auto', {}, { FORCE_COLOR: '1' }, true],
    ['auto', {}, { FORCE_COLOR: '' }, true],
    ['auto', terminal, { FORCE_COLOR: '0' }, false],
    ['auto', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['always', {}, { NO_COLOR: '1' }, true],
    ['never', terminal, { FORCE_COLOR: '1' }, false],
  ] as const)('%s on %j with %j is %s', (asked, stream, env, colored) => {
    expect(chooseColor(asked, stream, env)).toBe(colored);
  });
});
