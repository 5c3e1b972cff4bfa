/** The rows of what makes pods: deployments, sets, jobs. */
import type {
  V1ControllerRevision,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1ReplicaSet,
  V1ReplicationController,
  V1StatefulSet,
} from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import type { KubeObject } from '../../objects.ts';
import { age, containers, humanDuration, labels, selector, since } from './format.ts';
import { columns, type Printer } from './printer.ts';

/** By plural; each follows its `print…` function in pkg/printers/internalversion/printers.go. */
export const workloadPrinters: Readonly<Record<string, Printer>> = {
  deployments: {
    columns: columns('Name, Ready, Up-to-date, Available, Age, Containers*, Images*, Selector*'),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1Deployment>;
      // The one kind whose empty selector is an empty cell.
      const matching = selector(spec?.selector);
      return [
        object.metadata.name,
        `${String(status?.readyReplicas ?? 0)}/${String(spec?.replicas ?? 0)}`,
        status?.updatedReplicas ?? 0,
        status?.availableReplicas ?? 0,
        age(object, nowMs),
        ...containers(spec?.template.spec?.containers),
        matching === '<none>' ? '' : matching,
      ];
    },
  },
  replicasets: {
    columns: columns('Name, Desired:integer, Current:integer, Ready:integer, Age, Containers*, Images*, Selector*'),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1ReplicaSet>;
      return [
        object.metadata.name,
        spec?.replicas ?? 0,
        status?.replicas ?? 0,
        status?.readyReplicas ?? 0,
        age(object, nowMs),
        ...containers(spec?.template?.spec?.containers),
        selector(spec?.selector),
      ];
    },
  },
  replicationcontrollers: {
    columns: columns('Name, Desired:integer, Current:integer, Ready:integer, Age, Containers*, Images*, Selector*'),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1ReplicationController>;
      return [
        object.metadata.name,
        spec?.replicas ?? 0,
        status?.replicas ?? 0,
        status?.readyReplicas ?? 0,
        age(object, nowMs),
        ...containers(spec?.template?.spec?.containers),
        labels(spec?.selector),
      ];
    },
  },
  statefulsets: {
    columns: columns('Name, Ready, Age, Containers*, Images*'),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1StatefulSet>;
      return [
        object.metadata.name,
        `${String(status?.readyReplicas ?? 0)}/${String(spec?.replicas ?? 0)}`,
        age(object, nowMs),
        ...containers(spec?.template.spec?.containers),
      ];
    },
  },
  daemonsets: {
    columns: columns(
      'Name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers*, Images*, Selector*',
    ),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1DaemonSet>;
      return [
        object.metadata.name,
        status?.desiredNumberScheduled ?? 0,
        status?.currentNumberScheduled ?? 0,
        status?.numberReady ?? 0,
        status?.updatedNumberScheduled ?? 0,
        status?.numberAvailable ?? 0,
        labels(spec?.template.spec?.nodeSelector),
        age(object, nowMs),
        ...containers(spec?.template.spec?.containers),
        selector(spec?.selector),
      ];
    },
  },
  jobs: {
    columns: columns('Name, Status, Completions, Duration, Age, Containers*, Images*, Selector*'),
    cells(object, nowMs) {
      const job = object as unknown as Wire<V1Job>;
      return [
        object.metadata.name,
        jobStatus(object, job),
        completions(job),
        duration(job, nowMs),
        age(object, nowMs),
        ...containers(job.spec?.template.spec?.containers),
        selector(job.spec?.selector),
      ];
    },
  },
  cronjobs: {
    columns: columns(
      'Name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers*, Images*, Selector*',
    ),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1CronJob>;
      const template = spec?.jobTemplate.spec;
      return [
        object.metadata.name,
        spec?.schedule ?? '',
        spec?.timeZone ?? '<none>',
        spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
        status?.active?.length ?? 0,
        status?.lastScheduleTime === undefined ? '<none>' : since(status.lastScheduleTime, nowMs),
        age(object, nowMs),
        ...containers(template?.template.spec?.containers),
        selector(template?.selector),
      ];
    },
  },
  controllerrevisions: {
    columns: columns('Name, Controller, Revision, Age'),
    cells(object, nowMs) {
      const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
      const group = owner?.apiVersion.includes('/') === true ? `.${owner.apiVersion.replace(/\/.*/, '')}` : '';
      return [
        object.metadata.name,
        owner ? `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}` : '<none>',
        (object as unknown as Wire<V1ControllerRevision>).revision,
        age(object, nowMs),
      ];
    },
  },
};

function jobStatus({ metadata }: KubeObject, { status }: Wire<V1Job>): string {
  function has(type: string): boolean {
    return status?.conditions?.find((condition) => condition.type === type)?.status === 'True';
  }
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running';
}

function completions({ spec, status }: Wire<V1Job>): string {
  const succeeded = String(status?.succeeded ?? 0);
  if (spec?.completions !== undefined) return `${succeeded}/${String(spec.completions)}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${String(parallelism)}` : `${succeeded}/1`;
}

function duration({ status }: Wire<V1Job>, nowMs: number): string {
  if (status?.startTime === undefined) return '';
  const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
  return humanDuration(endMs - Date.parse(status.startTime));
}
