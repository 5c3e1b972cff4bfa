/** A whole run as one object of JSON, at its end. */
import type { Identity } from '../cluster/cluster.ts';
import type { Explanation } from '../drain/explain.ts';
import type { DrainPlan } from '../drain/plan.ts';
import type { ExitCode } from '../errors.ts';
import type { DryRun, Event, NodeStep, NodeWait, Outcome, PodId, PodLeft } from './events.ts';
import { harmlessJson } from './harmless.ts';
import { schemaVersion } from './ndjson.ts';
import type { TextReporter } from './reporter.ts';
import type { Sink } from './sink.ts';

/** How a pod ended, or would have in a dry run. */
interface PodResult extends PodId {
  result: 'gone' | 'would-go' | 'failed' | 'skipped';
  message?: string;
}

/** A step past its eviction that was taken for a pod. */
interface Escalation extends PodId {
  rung: 'delete' | 'force';
  message: string;
}

/** What became of one node; `outcome` is absent where only a cordon was asked for and it worked. */
interface NodeResult {
  node: string;
  /** `spec.unschedulable` as this run left it, and whether that took a change. */
  cordoned?: boolean;
  changed?: boolean;
  outcome?: Outcome;
  exitCode?: ExitCode;
  message?: string | undefined;
  hint?: string | undefined;
  cordonedByUs?: boolean;
  durationMs?: number;
  gone?: number;
  /** In order: what was waited for besides pods, each in its last words. */
  waits: { waitsFor: NodeWait; message: string }[];
  waves: { wave: number; waves: number; pods: number; label: string }[];
  steps: { step: NodeStep; message: string }[];
  escalated: Escalation[];
  pods: PodResult[];
  left: readonly PodLeft[];
}

/** Writes `{schema, verb, runId, identity, dryRun, plan, nodes, warnings, outcome, exitCode, …}` when the run is finished. */
export function jsonReporter({ stdout }: { readonly stdout: Sink }): TextReporter {
  const nodes = new Map<string, NodeResult>();
  const warnings = new Set<string>();
  let identity: Identity | undefined;
  let dryRun: DryRun | undefined;
  let runId: string | undefined;
  let plan: DrainPlan | undefined;
  let explanation: Explanation | undefined;
  let finished = false;

  function node(name: string): NodeResult {
    const known = nodes.get(name) ?? { node: name, waits: [], waves: [], steps: [], escalated: [], pods: [], left: [] };
    nodes.set(name, known);
    return known;
  }

  function pod(event: { readonly node: string; readonly pod: PodId }, result: PodResult['result'], message?: string) {
    const { namespace, name, uid } = event.pod;
    node(event.node).pods.push({ namespace, name, uid, result, ...(message === undefined ? {} : { message }) });
  }

  function apply(event: Event): void {
    switch (event.type) {
      case 'run.started':
        ({ identity, dryRun, runId } = event);
        return;
      case 'drain.planned':
        plan = event.plan;
        return;
      case 'explained':
        ({ explanation } = event);
        return;
      case 'warning':
        warnings.add(event.message);
        return;
      case 'node.cordoned':
      case 'node.uncordoned':
        Object.assign(node(event.node), { cordoned: event.type === 'node.cordoned', changed: event.changed });
        return;
      case 'node.step':
        node(event.node).steps.push({ step: event.step, message: event.message });
        return;
      case 'node.waiting': {
        const { waitsFor, message } = event;
        const { waits } = node(event.node);
        // Of one wait the last words are kept: it may change its numbers for hours.
        if (waits.at(-1)?.waitsFor === waitsFor) waits.pop();
        waits.push({ waitsFor, message });
        return;
      }
      case 'wave.started': {
        const { wave, waves, pods, label } = event;
        node(event.node).waves.push({ wave, waves, pods, label });
        return;
      }
      case 'pod.escalated': {
        const { namespace, name, uid } = event.pod;
        const { rung, message } = event;
        node(event.node).escalated.push({ namespace, name, uid, rung, message });
        return;
      }
      case 'pod.evicting':
        if (event.dryRun !== 'none') pod(event, 'would-go');
        return;
      case 'pod.gone':
        pod(event, 'gone');
        return;
      case 'pod.failed':
        pod(event, 'failed', event.message);
        return;
      case 'pod.skipped':
        pod(event, 'skipped', event.message);
        return;
      case 'node.finished': {
        const { type: _, node: name, dryRun: __, ...result } = event;
        Object.assign(node(name), result);
        return;
      }
      case 'run.finished': {
        const { verb, outcome, exitCode, message, code, hint, undo, resume } = event;
        const head = { schema: schemaVersion, verb, runId, identity, dryRun, plan, explanation };
        const body = { nodes: [...nodes.values()], warnings: [...warnings] };
        const end = { outcome, exitCode, message, code, hint, undo, resume };
        stdout.write(`${harmlessJson({ ...head, ...body, ...end }, 2)}\n`);
        finished = true;
        return;
      }
      default:
    }
  }

  return {
    emit(event) {
      if (!finished) apply(event);
    },
    close: () => {},
  };
}
