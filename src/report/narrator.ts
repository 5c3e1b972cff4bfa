/** Turns events into lines of text; reporters decide which of them to show, and how. */
import type { DrainPlan } from '../drain/plan.ts';
import { counted } from './counting.ts';
import { waitText } from './durations.ts';
import type { DryRun, Event, PodId } from './events.ts';
import { harmlessValue, indented } from './harmless.ts';
import { dryRunSuffix, identityText } from './identity-text.ts';
import { planHeadline, renderBlockers, renderPlan, renderRisks } from './plan-text.ts';
import { blockText } from './progress.ts';
import type { Style } from './style.ts';
import { isCordoning, renderSummary, type NodeFinished } from './summary.ts';

/**
 * `result`: what was asked for. `step`: what a live view shows anyway. `plan` and `blockers`: before anything is done.
 * `notice`: everything else worth keeping.
 */
export type LineKind =
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
  readonly stdoutStyle: Style;
  readonly stderrStyle: Style;
  readonly verbosity: number;
  /**
   * The full plan: `always` where somebody watches stderr, who may be asked to consent to it; `asked` only where it is
   * what was asked for; `never` leaves its blockers.
   */
  readonly plan: 'always' | 'asked' | 'never';
  /** Both streams end on one screen: nothing needs saying on each. */
  readonly oneScreen: boolean;
}

export class Narrator {
  readonly #options: NarratorOptions;
  #verb = '';
  #dryRun: DryRun = 'none';
  #severalNodes = false;
  #planText: string | undefined;
  readonly #warned = new Set<string>();
  /** By uid: why the pod was last said to be blocked. */
  readonly #blocked = new Map<string, string>();
  readonly #asked = new Set<string>();
  readonly #nodes: NodeFinished[] = [];

  constructor(options: NarratorOptions) {
    this.#options = options;
  }

  /** What to say about an event: nothing, or some lines in order. */
  tell(unsafe: Event): readonly Line[] {
    const event = harmlessValue(unsafe);
    const err = this.#options.stderrStyle;
    switch (event.type) {
      case 'run.started':
        this.#verb = event.verb;
        this.#dryRun = event.dryRun;
        return [line('notice', `${identityText(event.identity)}${dryRunSuffix(event.dryRun)}`)];
      case 'drain.planned':
        return this.#planned(event.plan, event.asks);
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
      case 'node.step':
        return [line('notice', `node/${event.node} ${event.message}`)];
      case 'node.waiting':
        return [line('step', `node/${event.node} ${err.warn('waits')}: ${event.message}`)];
      case 'wave.started': {
        const count = `${counted(event.pods, 'pod')}, ${event.label}`;
        return [line('step', `node/${event.node} wave ${event.wave} of ${event.waves}: ${count}`)];
      }
      case 'pod.escalated':
        return [line('warning', `${err.warn('warning:')} ${this.#pod(event)} ${event.message}`)];
      case 'node.draining':
        return [line('step', `node/${event.node} draining: ${counted(event.pods, 'pod')} to go`)];
      case 'pod.evicting': {
        this.#asked.add(event.pod.uid);
        this.#blocked.delete(event.pod.uid);
        const evict = event.method === 'evict';
        if (event.dryRun === 'none') {
          return [line('step', `${this.#pod(event)} ${evict ? 'evicting' : 'deleting'}`)];
        }
        const suffix = dryRunSuffix(event.dryRun);
        return [this.#result(`${podText(event.pod)} ${evict ? 'evicted' : 'deleted'}${suffix}`)];
      }
      case 'pod.blocked': {
        const why = blockText(event);
        if (this.#blocked.get(event.pod.uid) === why) return [];
        this.#blocked.set(event.pod.uid, why);
        const retry = `retry in ${waitText(event.retryInMs)}`;
        return [line('step', `${this.#pod(event)} ${err.warn('blocked')}: ${why}; ${retry}`)];
      }
      case 'pod.gone': {
        // Only what we asked for was evicted by us; others went by themselves or by another hand.
        const word = this.#asked.has(event.pod.uid) ? (event.method === 'evict' ? 'evicted' : 'deleted') : 'gone';
        return [this.#result(`${podText(event.pod)} ${word}`)];
      }
      case 'pod.failed':
        return [line('error', `${err.bad('error:')} ${this.#pod(event)} could not be removed: ${event.message}`)];
      case 'pod.skipped':
        return [line('warning', `${err.warn('warning:')} ${this.#pod(event)} is still there: ${event.message}`)];
      case 'node.finished':
        return this.#nodeFinished(event);
      case 'run.finished': {
        const text = renderSummary(event, this.#nodes, this.#dryRun, err);
        return text === '' ? [] : [{ to: 'stderr', kind: event.exitCode === 0 ? 'done' : 'failure', text }];
      }
    }
  }

  #planned(plan: DrainPlan, asks: boolean): readonly Line[] {
    this.#severalNodes = plan.nodes.length > 1;
    const { stdoutStyle, stderrStyle, verbosity, plan: show, oneScreen } = this.#options;
    const asked = show !== 'never' && (this.#dryRun !== 'none' || this.#verb === 'plan');
    const style = asked ? stdoutStyle : stderrStyle;
    // Who is asked has to see what about, and where, even on a quiet run.
    const identity = asked ? !oneScreen : asks && show === 'never';
    const text = renderPlan(plan, { identity, verbosity, style });
    // Planned again after the cordon: only news is worth the space.
    if (text === this.#planText) return [];
    const again = this.#planText !== undefined;
    this.#planText = text;
    const lines: Line[] = again ? [line('notice', 'the plan has changed:')] : [];
    if (asked || asks || show === 'always') return [...lines, { to: asked ? 'stdout' : 'stderr', kind: 'plan', text }];
    for (const node of plan.nodes) lines.push(line('notice', planHeadline(node, plan)));
    const blockers = renderBlockers(plan, stderrStyle);
    const risks = renderRisks(plan, stderrStyle);
    if (blockers !== '') lines.push({ to: 'stderr', kind: 'blockers', text: blockers });
    if (risks !== '') lines.push({ to: 'stderr', kind: 'warning', text: risks });
    return lines;
  }

  #nodeFinished(event: NodeFinished): readonly Line[] {
    this.#nodes.push(event);
    if (event.outcome !== 'done') {
      // With a single node the summary follows at once and says it.
      if (!this.#severalNodes) return [];
      const why = event.message === undefined ? '' : `: ${event.message}`;
      const not = isCordoning(this.#verb) ? `${this.#verb}ed` : 'drained';
      return [line('notice', `node/${event.node} ${this.#options.stderrStyle.bad(`not ${not}`)}${why}`)];
    }
    if (isCordoning(this.#verb)) return [];
    return [this.#result(`node/${event.node} drained${dryRunSuffix(event.dryRun)}`)];
  }

  #pod({ pod, node }: { readonly pod: PodId; readonly node: string }): string {
    return `${podText(pod)}${this.#severalNodes ? ` on node/${node}` : ''}`;
  }

  #result(text: string): Line {
    return { to: 'stdout', kind: 'result', text: `${indented(text)}\n` };
  }
}

function podText({ namespace, name }: PodId): string {
  return `pod ${namespace}/${name}`;
}

function line(kind: LineKind, text: string): Line {
  return { to: 'stderr', kind, text: `${indented(text)}\n` };
}
