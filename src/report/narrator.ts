/** Turns events into lines of text; reporters decide which of them to show, and how. */
import type { Clock } from '../clock.ts';
import type { DrainPlan } from '../drain/plan.ts';
import { BlockFold } from './block-fold.ts';
import { blockText } from './block-text.ts';
import { counted } from './counting.ts';
import { waitText } from './durations.ts';
import type { DryRun, Event, PodId } from './events.ts';
import { harmlessValue, indented } from './harmless.ts';
import { renderExplanation } from './explain-text.ts';
import { dryRunSuffix, identityText } from './identity-text.ts';
import { leftAloneLines, planHeadline, renderBlockers, renderBudgets, renderPlan, renderRisks } from './plan-text.ts';
import type { Style } from './style.ts';
import { isCordoning, isDone, outcomeWords, renderSummary, type NodeFinished } from './summary.ts';

/**
 * `answer`: all that was asked for, of a verb that only looks. `result`: what was done as asked. `step`: what a live view
 * shows anyway. `plan` and `blockers`: before anything is done. `notice`: everything else worth keeping.
 */
export type LineKind =
  | 'answer'
  | 'result'
  | 'plan'
  | 'blockers'
  | 'notice'
  | 'step'
  | 'detail'
  | 'warning'
  | 'error'
  | 'done'
  | 'failure';

export interface Line {
  readonly to: 'stdout' | 'stderr';
  readonly kind: LineKind;
  /** One line or several, the last with a line feed too. */
  readonly text: string;
}

export interface NarratorOptions {
  readonly clock: Clock;
  readonly stdoutStyle: Style;
  readonly stderrStyle: Style;
  readonly verbosity: number;
  /**
   * The full plan: `always` where somebody watches stderr, who may be asked to consent to it; `asked` only where it is
   * what was asked for; `never` leaves its blockers, and the plan of a verb that only plans.
   */
  readonly plan: 'always' | 'asked' | 'never';
  /** Both streams end on one screen: nothing needs saying on each. */
  readonly oneScreen: boolean;
}

export class Narrator {
  readonly #options: NarratorOptions;
  #verb = '';
  #dryRun: DryRun = 'none';
  #plannedNodes = 0;
  #planText: string | undefined;
  readonly #warned = new Set<string>();
  readonly #blocks = new BlockFold();
  /** By node: what it was last said to wait for. */
  readonly #waits = new Map<string, string>();
  /** Monotonic milliseconds of the first news of a node: what came before it was reading and asking. */
  #startedMs: number | undefined;
  readonly #asked = new Set<string>();
  readonly #nodes: NodeFinished[] = [];

  constructor(options: NarratorOptions) {
    this.#options = options;
  }

  /** What to say about an event: nothing, or some lines in order. */
  tell(unsafe: Event): readonly Line[] {
    const event = harmlessValue(unsafe);
    const err = this.#options.stderrStyle;
    if ('node' in event) this.#startedMs ??= this.#nowMs;
    switch (event.type) {
      case 'run.started':
        this.#verb = event.verb;
        this.#dryRun = event.dryRun;
        return [line('notice', startText(event))];
      case 'drain.planned':
        return this.#planned(event.plan, event.asks);
      case 'explained':
        return [
          { to: 'stdout', kind: 'answer', text: renderExplanation(event.explanation, this.#options.stdoutStyle) },
        ];
      case 'warning':
        if (this.#warned.has(event.message)) return [];
        this.#warned.add(event.message);
        return [line('warning', `${err.warn('warning:')} ${event.message}`)];
      case 'detail':
        return [line('detail', err.faint(event.message))];
      case 'node.cordoned':
      case 'node.uncordoned': {
        const state = `${event.changed ? '' : 'already '}${event.type === 'node.cordoned' ? 'cordoned' : 'uncordoned'}`;
        return [this.#result(`node/${event.node} ${state}${dryRunSuffix(event.dryRun)}`)];
      }
      case 'node.step': {
        this.#waits.delete(event.node);
        const text = `node/${event.node}: ${event.message}`;
        // What moves is what was asked for; the other steps are on the way there.
        if (event.step === 'held' || event.step === 'released') return [line('detail', err.faint(text))];
        if (event.step === 'proposed') return [{ to: 'stdout', kind: 'answer', text: `${indented(text)}\n` }];
        return [event.step === 'moved' ? this.#result(text) : line('notice', text)];
      }
      case 'node.waiting':
        if (this.#waits.get(event.node) === event.message) return [];
        this.#waits.set(event.node, event.message);
        return [line('step', `node/${event.node} ${err.warn('waits')}: ${event.message}`)];
      case 'wave.started': {
        this.#waits.delete(event.node);
        const count = `${counted(event.pods, 'pod')}, ${event.label}`;
        return [line('step', `node/${event.node} wave ${event.wave} of ${event.waves}: ${count}`)];
      }
      case 'pod.escalated':
        this.#asked.add(event.pod.uid);
        this.#blocks.left(event.pod.uid);
        return [
          line('warning', `${err.warn('warning:')} ${this.#pod(event)} ${rungWords[event.rung]}: ${event.message}`),
        ];
      case 'node.draining':
        return [line('step', `node/${event.node} draining: ${counted(event.pods, 'pod')} to go`)];
      case 'pod.evicting': {
        this.#asked.add(event.pod.uid);
        this.#blocks.left(event.pod.uid);
        const evict = event.method === 'evict';
        if (event.dryRun === 'none') {
          return [line('step', `${this.#pod(event)} ${evict ? 'evicting' : 'deleting'}`)];
        }
        const suffix = dryRunSuffix(event.dryRun);
        return [this.#result(`${podText(event.pod)} ${evict ? 'evicted' : 'deleted'}${suffix}`)];
      }
      case 'pod.blocked': {
        if (!this.#blocks.isNews(event, this.#nowMs)) return [];
        const why = blockText(event);
        const retry = `retry in ${waitText(event.retryInMs)}`;
        return [line('step', `${this.#pod(event)} ${err.warn('blocked')}: ${why}; ${retry}`)];
      }
      case 'pod.gone': {
        this.#blocks.left(event.pod.uid);
        // Only what we asked for was evicted by us; others went by themselves or by another hand.
        const word = this.#asked.has(event.pod.uid) ? (event.method === 'evict' ? 'evicted' : 'deleted') : 'gone';
        return [this.#result(`${podText(event.pod)} ${word}`)];
      }
      case 'pod.failed':
        this.#blocks.left(event.pod.uid);
        return [line('error', `${err.bad('error:')} ${this.#pod(event)} could not be removed: ${event.message}`)];
      case 'pod.skipped':
        this.#blocks.left(event.pod.uid);
        return [line('warning', `${err.warn('warning:')} ${this.#pod(event)} is still there: ${event.message}`)];
      case 'node.finished':
        return this.#nodeFinished(event);
      case 'run.finished': {
        const durationMs = this.#nowMs - (this.#startedMs ?? this.#nowMs);
        const facts = { nodes: this.#nodes, planned: this.#plannedNodes, dryRun: this.#dryRun, durationMs };
        const text = renderSummary(event, facts, err);
        return text === '' ? [] : [{ to: 'stderr', kind: isDone(event) ? 'done' : 'failure', text }];
      }
    }
  }

  #planned(plan: DrainPlan, asks: boolean): readonly Line[] {
    this.#plannedNodes = plan.nodes.length;
    const { stdoutStyle, stderrStyle, verbosity, plan: show, oneScreen } = this.#options;
    const isAnswer = this.#verb === 'plan';
    const asked = isAnswer || (show !== 'never' && this.#dryRun !== 'none');
    const style = asked ? stdoutStyle : stderrStyle;
    // Who is asked has to see what about, and where, even on a quiet run.
    const identity = show === 'never' ? isAnswer || asks : asked && !oneScreen;
    const text = renderPlan(plan, { identity, verbosity, style });
    // Planned again after the cordon: only news is worth the space.
    if (text === this.#planText) return [];
    const again = this.#planText !== undefined;
    this.#planText = text;
    const lines: Line[] = again ? [line('notice', 'the plan has changed:')] : [];
    if (isAnswer) return [...lines, { to: 'stdout', kind: 'answer', text }];
    if (asked || asks || show === 'always') return [...lines, { to: asked ? 'stdout' : 'stderr', kind: 'plan', text }];
    for (const node of plan.nodes) {
      const text = [planHeadline(node, plan, verbosity), ...(verbosity > 0 ? leftAloneLines(node) : [])];
      lines.push(line('notice', text.join('\n')));
    }
    const blockers = renderBlockers(plan, stderrStyle, verbosity);
    const budgets = renderBudgets(plan, stderrStyle, verbosity);
    const risks = renderRisks(plan, stderrStyle, verbosity);
    if (blockers !== '') lines.push({ to: 'stderr', kind: 'blockers', text: blockers });
    if (budgets !== '') lines.push({ to: 'stderr', kind: 'warning', text: budgets });
    if (risks !== '') lines.push({ to: 'stderr', kind: 'warning', text: risks });
    return lines;
  }

  #nodeFinished(event: NodeFinished): readonly Line[] {
    this.#nodes.push(event);
    if (event.outcome !== 'done') {
      // With a single node the summary follows at once and says it.
      if (this.#plannedNodes <= 1) return [];
      const why = event.message === undefined ? '' : `: ${event.message}`;
      const not = this.#verb === 'rollback' ? 'restored' : isCordoning(this.#verb) ? `${this.#verb}ed` : 'drained';
      // Its drain may well have been done: the gate comes before or after.
      const what = event.outcome === 'gate' ? outcomeWords.gate : `not ${not}`;
      return [line('notice', `node/${event.node} ${this.#options.stderrStyle.bad(what)}${why}`)];
    }
    if (isCordoning(this.#verb)) return [];
    return [this.#result(`node/${event.node} drained${dryRunSuffix(event.dryRun)}`)];
  }

  get #nowMs(): number {
    return this.#options.clock.monotonic();
  }

  #pod({ pod, node }: { readonly pod: PodId; readonly node: string }): string {
    return `${podText(pod)}${this.#plannedNodes > 1 ? ` on node/${node}` : ''}`;
  }

  #result(text: string): Line {
    return { to: 'stdout', kind: 'result', text: `${indented(text)}\n` };
  }
}

const rungWords = { delete: 'is deleted past its budget', force: 'is removed by force' } as const;

function startText({ identity, dryRun, runId }: Extract<Event, { readonly type: 'run.started' }>): string {
  return `${identityText(identity)}${runId === undefined ? '' : `, run ${runId}`}${dryRunSuffix(dryRun)}`;
}

function podText({ namespace, name }: PodId): string {
  return `pod ${namespace}/${name}`;
}

function line(kind: LineKind, text: string): Line {
  return { to: 'stderr', kind, text: `${indented(text)}\n` };
}
