/** Events of every type with text of every kind, in any order: more than a workflow would ever emit. */
import fc from 'fast-check';
import type { Event } from '../../src/report/events.ts';
import { drainPlan, identity, nodePlan, decision } from './sample-run.ts';

const nasty = fc.constantFrom(
  '\u001B[2J\u001B[H',
  'a\nnode/n1 drained',
  '\u009B31m',
  '\u202Eevil',
  '漢字',
  '👩‍👩‍👧',
  '\uD800',
  '',
  '\r',
  '%s',
  '\u{E0041}',
);
export const anyText = fc.oneof(
  { weight: 2, arbitrary: nasty },
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 200 }),
);
const optionalText = fc.option(anyText, { nil: undefined });
const number = fc.oneof(fc.nat(200_000), fc.constantFrom(0, -1));
const node = fc.constantFrom('n1', 'n2', 'n\u001B[31m3');
const pod = fc.record({
  namespace: fc.constantFrom('a', 'shop'),
  name: fc.constantFrom('p', 'q', '漢'),
  uid: fc.constantFrom('1', '2', '3', '4'),
});
const dryRun = fc.constantFrom('none', 'client', 'server');
const method = fc.constantFrom('evict', 'delete');
const outcome = fc.constantFrom(
  'gate',
  'done',
  'incomplete',
  'refused',
  'failed',
  'timeout',
  'interrupted',
  'declined',
  'held',
  'drift',
);
const exitCode = fc.constantFrom(0, 1, 3, 124, 130);
const left = fc.array(fc.record({ namespace: fc.constant('a'), name: anyText, uid: anyText, reason: anyText }), {
  maxLength: 3,
});
const texts = fc.array(anyText, { maxLength: 2 });
const commons = { node, pod };

const plan = fc
  .array(
    fc.record({
      pod,
      action: fc.constantFrom('leave', 'remove', 'wait', 'complete', 'blocked'),
      message: anyText,
      flag: optionalText,
      budgets: texts,
    }),
    { maxLength: 6 },
  )
  .map((pods) =>
    drainPlan([
      nodePlan(
        pods.map(({ pod: id, action, message, flag, budgets }) =>
          decision(id, {
            action,
            budgets,
            leave: action === 'leave' ? 'daemonset' : undefined,
            blockers: action === 'blocked' ? [{ kind: 'unmanaged', message, flag }] : [],
            risks: [{ kind: 'finalizers', message }],
          }),
        ),
        {
          risks: pods.map(({ message, flag: fix }) => ({ kind: 'etcd-quorum', message, fix })),
          blockers: pods.slice(1).map(({ message, flag: fix }) => ({ kind: 'etcd-quorum', message, fix })),
        },
      ),
    ]),
  );

export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    type: fc.constant('run.started'),
    verb: anyText,
    identity: fc.constant(identity),
    dryRun,
    runId: optionalText,
  }),
  fc.record({ type: fc.constant('drain.planned'), plan, asks: fc.boolean() }),
  fc.record({ type: fc.constantFrom('warning', 'detail'), message: anyText }),
  fc.record({ type: fc.constantFrom('node.cordoned', 'node.uncordoned'), node, changed: fc.boolean(), dryRun }),
  fc.record({
    type: fc.constant('node.step'),
    node,
    step: fc.constantFrom('held', 'surge', 'exec', 'gate', 'proposed', 'moved'),
    message: anyText,
  }),
  fc.record({
    type: fc.constant('node.waiting'),
    node,
    waitsFor: fc.constantFrom('turn', 'replacements', 'surge', 'reboot'),
    message: anyText,
  }),
  fc.record({ type: fc.constant('wave.started'), node, wave: number, waves: number, pods: number, label: anyText }),
  fc.record({
    type: fc.constant('pod.escalated'),
    ...commons,
    rung: fc.constantFrom('delete', 'force'),
    message: anyText,
  }),
  fc.record({ type: fc.constant('node.draining'), node, pods: number }),
  fc.record({ type: fc.constant('pod.evicting'), ...commons, method, dryRun }),
  fc.record({
    type: fc.constant('pod.blocked'),
    ...commons,
    reason: fc.constantFrom('budget', 'settling', 'throttled', 'namespace-terminating', 'webhook', 'transient'),
    message: anyText,
    budget: optionalText,
    needs: fc.option(number, { nil: undefined }),
    has: fc.option(number, { nil: undefined }),
    retryInMs: number,
    attempts: number,
  }),
  fc.record({ type: fc.constant('pod.gone'), ...commons, method }),
  fc.record({ type: fc.constantFrom('pod.failed', 'pod.skipped'), ...commons, message: anyText }),
  fc.record({
    type: fc.constant('node.finished'),
    node,
    outcome,
    exitCode,
    gone: number,
    left,
    message: optionalText,
    hint: optionalText,
    cordonedByUs: fc.boolean(),
    durationMs: number,
    dryRun,
  }),
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('run.finished'),
      verb: anyText,
      outcome,
      exitCode,
      message: optionalText,
      hint: optionalText,
      undo: texts,
      resume: texts,
    }),
  },
);
