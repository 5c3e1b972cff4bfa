/** A whole run as one object of JSON, at its end. */
import type { Identity } from '../cluster/cluster.ts';
import type { DrainPlan } from '../drain/plan.ts';
import type { ExitCode } from '../errors.ts';
import type { DryRun, Event, Outcome, PodId, PodLeft } from './events.ts';
import { harmlessJson } from './harmless.ts';
import { schemaVersion } from './ndjson.ts';
import type { TextReporter } from './reporter.ts';
import type { Sink } from './sink.ts';

/** How a pod ended, or would have in a dry run. */
interface PodResult extends PodId {
  result: 'gone' | 'would-go' | 'failed' | 'skipped';
  message?: string;
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
  pods: PodResult[];
  left: readonly PodLeft[];
}

/** Writes `{schema, verb, identity, dryRun, plan, nodes, warnings, outcome, exitCode, …}` when the run is finished. */
export function jsonReporter({ stdout }: { readonly stdout: Sink }): TextReporter {
  const nodes = new Map<string, NodeResult>();
  const warnings = new Set<string>();
  let identity: Identity | undefined;
  let dryRun: DryRun | undefined;
  let plan: DrainPlan | undefined;
  let finished = false;

  function node(name: string): NodeResult {
    const known = nodes.get(name) ?? { node: name, pods: [], left: [] };
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
        ({ identity, dryRun } = event);
        return;
      case 'drain.planned':
        plan = event.plan;
        return;
      case 'warning':
        warnings.add(event.message);
        return;
      case 'node.cordoned':
      case 'node.uncordoned':
        Object.assign(node(event.node), { cordoned: event.type === 'node.cordoned', changed: event.changed });
        return;
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
        const head = { schema: schemaVersion, verb, identity, dryRun, plan };
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
