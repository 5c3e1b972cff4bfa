/** The row of a node: ready or not, its roles, what runs on it. */
import type { V1Node } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import { since } from './format.ts';
import { columns, type Printer } from './printer.ts';

const rolePrefix = 'node-role.kubernetes.io/';
const roleLabel = 'kubernetes.io/role';

/** Follows `printNode` in pkg/printers/internalversion/printers.go. */
export const nodePrinter: Printer = {
  columns: columns(
    'Name, Status, Roles, Age, Version, Internal-IP*, External-IP*, OS-Image*, Kernel-Version*, Container-Runtime*',
  ),
  cells(object, nowMs) {
    const node = object as unknown as Wire<V1Node>;
    const info = node.status?.nodeInfo;
    const architecture = info?.architecture ?? '';
    return [
      object.metadata.name,
      status(node),
      roles(object.metadata.labels ?? {}),
      since(object.metadata.creationTimestamp, nowMs),
      info?.kubeletVersion ?? '',
      address(node, 'InternalIP'),
      address(node, 'ExternalIP'),
      known(info?.osImage),
      `${known(info?.kernelVersion)}${architecture === '' ? '' : ` (${architecture})`}`,
      known(info?.containerRuntimeVersion),
    ];
  },
};

function status({ spec, status: { conditions } = {} }: Wire<V1Node>): string {
  const ready = conditions?.findLast(({ type }) => type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function roles(labels: Readonly<Record<string, string>>): string {
  const found = Object.entries(labels).map(([key, value]) =>
    key.startsWith(rolePrefix) ? key.slice(rolePrefix.length) : key === roleLabel ? value : '',
  );
  const names = [...new Set(found)].filter((role) => role !== '').toSorted();
  return names.length === 0 ? '<none>' : names.join(',');
}

function address(node: Wire<V1Node>, type: string): string {
  return node.status?.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
}

function known(text: string | undefined): string {
  return text === undefined || text === '' ? '<unknown>' : text;
}
