/** The facts that workflows emit; reporters choose the words. Additive within a major schema version. */
import type { Identity } from '../cluster/cluster.ts';
import type { Explanation } from '../drain/explain.ts';
import type { DrainPlan } from '../drain/plan.ts';
import type { ExitCode } from '../errors.ts';

export interface PodId {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type DryRun = 'none' | 'client' | 'server';

/** `evict` honours budgets; `delete` (`--disable-eviction`) does not; `surge`: its rollout replaced it (`--surge`). */
export type RemovalMethod = 'evict' | 'delete' | 'surge';

/** How a node, or the whole run, ended. */
export type Outcome =
  /** A health gate failed: stopped in good order. */
  'gate' | 'done' | 'incomplete' | 'refused' | 'failed' | 'timeout' | 'interrupted' | 'declined' | 'held' | 'drift';

/** Why an attempt to remove a pod has to be repeated. */
export type BlockReason = 'budget' | 'settling' | 'throttled' | 'namespace-terminating' | 'webhook' | 'transient';

export type NodeStep =
  | 'held'
  | 'released'
  | 'marked'
  | 'unmarked'
  | 'surge'
  | 'fenced'
  | 'exec'
  | 'rebooted'
  | 'ready'
  | 'gate'
  | 'restored'
  /** What would be moved, where that is all that was asked for, or where somebody has yet to agree. */
  | 'proposed'
  | 'moved';

export type NodeWait = 'turn' | 'replacements' | 'volumes' | 'surge' | 'exec' | 'reboot' | 'ready' | 'gate';

/** A pod that is still there at the end, and why. */
export interface PodLeft extends PodId {
  /** One sentence: what it is waiting for. */
  readonly reason: string;
}

export type Event =
  /** First of every run: what is done, where and as whom. */
  | {
      readonly type: 'run.started';
      readonly verb: string;
      readonly identity: Identity;
      readonly dryRun: DryRun;
      /** Its name on its nodes, in notices and in the journal, if it came to have one; a dry run has none. */
      readonly runId?: string | undefined;
    }
  /** Decided, nothing changed yet. */
  | {
      readonly type: 'drain.planned';
      readonly plan: DrainPlan;
      /** The user is asked to agree to this plan next: it has to be shown, however quiet the run. */
      readonly asks: boolean;
    }
  /** What was asked for by `kmaint why`. */
  | { readonly type: 'explained'; readonly explanation: Explanation }
  /** Something the user should know; shown once each. */
  | { readonly type: 'warning'; readonly message: string }
  /** A step that is worth a line at `-v`. */
  | { readonly type: 'detail'; readonly message: string }
  | {
      readonly type: 'node.cordoned' | 'node.uncordoned';
      readonly node: string;
      /** False when it was so already and nothing was sent. */
      readonly changed: boolean;
      readonly dryRun: DryRun;
    }
  /** A step of a node that is worth a line: one sentence without the node's name. */
  | {
      readonly type: 'node.step';
      readonly node: string;
      readonly step: NodeStep;
      readonly message: string;
    }
  /** What a node waits for besides its pods; again when the reason changes. */
  | {
      readonly type: 'node.waiting';
      readonly node: string;
      readonly waitsFor: NodeWait;
      readonly message: string;
    }
  | { readonly type: 'node.draining'; readonly node: string; readonly pods: number }
  /** The pods of a wave begin to go; those of the former ones are gone. Only where there are several. */
  | {
      readonly type: 'wave.started';
      readonly node: string;
      /** From 1. */
      readonly wave: number;
      readonly waves: number;
      readonly pods: number;
      /** What its pods have in common: `system-cluster-critical`, `order 10`. */
      readonly label: string;
    }
  /** The server took the eviction or deletion; the pod is terminating. */
  | {
      readonly type: 'pod.evicting';
      readonly node: string;
      readonly pod: PodId;
      readonly method: RemovalMethod;
      readonly dryRun: DryRun;
    }
  /** Emitted when the reason or its numbers change, not on every attempt. */
  | {
      readonly type: 'pod.blocked';
      readonly node: string;
      readonly pod: PodId;
      readonly reason: BlockReason;
      readonly message: string;
      readonly budget?: string | undefined;
      readonly needs?: number | undefined;
      readonly has?: number | undefined;
      readonly retryInMs: number;
      readonly attempts: number;
    }
  /** A rung of the escalation that the user allowed: what is done to the pod past its eviction. */
  | {
      readonly type: 'pod.escalated';
      readonly node: string;
      readonly pod: PodId;
      readonly rung: 'delete' | 'force';
      readonly message: string;
    }
  /** Gone from the API server (or replaced by another uid). */
  | {
      readonly type: 'pod.gone';
      readonly node: string;
      readonly pod: PodId;
      readonly method: RemovalMethod;
    }
  /** Given up on; the others go on. */
  | { readonly type: 'pod.failed'; readonly node: string; readonly pod: PodId; readonly message: string }
  /** No longer waited for (`--skip-wait-for-delete-timeout`): it is still there. */
  | { readonly type: 'pod.skipped'; readonly node: string; readonly pod: PodId; readonly message: string }
  | {
      readonly type: 'node.finished';
      readonly node: string;
      readonly outcome: Outcome;
      readonly exitCode: ExitCode;
      /** Pods of the plan that are gone. */
      readonly gone: number;
      readonly left: readonly PodLeft[];
      /** Set unless the outcome is `done`: what went wrong. */
      readonly message?: string | undefined;
      readonly hint?: string | undefined;
      /** True when the node is cordoned now and was not before. */
      readonly cordonedByUs: boolean;
      readonly durationMs: number;
      readonly dryRun: DryRun;
    }
  /** Last of every run. */
  | {
      readonly type: 'run.finished';
      readonly verb: string;
      readonly outcome: Outcome;
      readonly exitCode: ExitCode;
      readonly message?: string | undefined;
      /** Stable code of the error that ended the run, such as `cluster.forbidden`. */
      readonly code?: string | undefined;
      readonly hint?: string | undefined;
      /** Commands that put back what was changed, and that go on where it stopped. */
      readonly undo: readonly string[];
      readonly resume: readonly string[];
    };
