/** The rows of what stands around the pods: services, settings, volumes, budgets, events. */
import type {
  V1Lease,
  V1CertificateSigningRequest,
  V1CSINode,
  V1Namespace,
  V1PodDisruptionBudget,
  V1PriorityClass,
  V1ResourceQuota,
  V1RoleBinding,
} from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import type { KubeObject } from '../../objects.ts';
import { age, humanDuration } from './format.ts';
import { columns, type Printer } from './printer.ts';

/** Follows `printRoleBinding` and `printClusterRoleBinding`. */
const bindingPrinter: Printer = {
  columns: columns('Name, Role, Age, Users*, Groups*, ServiceAccounts*'),
  cells(object, nowMs) {
    const { roleRef, subjects = [] } = object as unknown as Wire<V1RoleBinding>;
    function named(kind: string): string {
      return subjects
        .filter((subject) => subject.kind === kind)
        .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
        .join(', ');
    }
    return [
      object.metadata.name,
      `${roleRef.kind}/${roleRef.name}`,
      age(object, nowMs),
      named('User'),
      named('Group'),
      named('ServiceAccount'),
    ];
  },
};

/** By plural; each follows its `print…` function in pkg/printers/internalversion/printers.go. */
export const clusterPrinters: Readonly<Record<string, Printer>> = {
  namespaces: {
    columns: columns('Name, Status, Age'),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object as unknown as Wire<V1Namespace>).status?.phase ?? '',
      age(object, nowMs),
    ],
  },
  configmaps: {
    columns: columns('Name, Data, Age'),
    cells: (object, nowMs) => [
      object.metadata.name,
      size(object, 'data') + size(object, 'binaryData'),
      age(object, nowMs),
    ],
  },
  secrets: {
    columns: columns('Name, Type, Data, Age'),
    cells: (object, nowMs) => [
      object.metadata.name,
      typeof object['type'] === 'string' ? object['type'] : '',
      size(object, 'data'),
      age(object, nowMs),
    ],
  },
  serviceaccounts: {
    columns: columns('Name, Age'),
    cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
  },
  poddisruptionbudgets: {
    columns: columns('Name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age'),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1PodDisruptionBudget>;
      return [
        object.metadata.name,
        String(spec?.minAvailable ?? 'N/A'),
        String(spec?.maxUnavailable ?? 'N/A'),
        status?.disruptionsAllowed ?? 0,
        age(object, nowMs),
      ];
    },
  },
  leases: {
    columns: columns('Name, Holder, Age'),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object as unknown as Wire<V1Lease>).spec?.holderIdentity ?? '',
      age(object, nowMs),
    ],
  },
  certificatesigningrequests: {
    columns: columns('Name, Age, SignerName, Requestor, RequestedDuration, Condition'),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1CertificateSigningRequest>;
      return [
        object.metadata.name,
        age(object, nowMs),
        spec.signerName === '' ? '<none>' : spec.signerName,
        spec.username ?? '',
        spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
        csrCondition(status),
      ];
    },
  },
  priorityclasses: {
    columns: columns('Name, Value:integer, Global-Default:boolean, Age, PreemptionPolicy'),
    cells(object, nowMs) {
      const { value, globalDefault, preemptionPolicy } = object as unknown as Wire<V1PriorityClass>;
      return [object.metadata.name, value ?? 0, globalDefault ?? false, age(object, nowMs), preemptionPolicy ?? ''];
    },
  },
  csinodes: {
    columns: columns('Name, Drivers:integer, Age'),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object as unknown as Wire<V1CSINode>).spec.drivers.length,
      age(object, nowMs),
    ],
  },
  resourcequotas: {
    columns: columns('Name, Request, Limit, Age'),
    cells(object, nowMs) {
      const { hard = {}, used = {} } = (object as unknown as Wire<V1ResourceQuota>).status ?? {};
      const all = Object.keys(hard).toSorted();
      function usage(names: readonly string[]): string {
        return names.map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}`).join(', ');
      }
      return [
        object.metadata.name,
        usage(all.filter((name) => !name.startsWith('limits.'))),
        usage(all.filter((name) => name.startsWith('limits.'))),
        age(object, nowMs),
      ];
    },
  },
  rolebindings: bindingPrinter,
  clusterrolebindings: bindingPrinter,
};

function size(object: KubeObject, field: string): number {
  return Object.keys(object[field] ?? {}).length;
}

function csrCondition(status: Wire<V1CertificateSigningRequest>['status']): string {
  const types = new Set((status?.conditions ?? []).map(({ type }) => type));
  const verdict = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  const issued = status?.certificate !== undefined && status.certificate !== '';
  return `${verdict}${types.has('Failed') ? ',Failed' : ''}${issued ? ',Issued' : ''}`;
}
