/** The rows of volumes, claims, classes and attachments. */
import type {
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1StorageClass,
  V1VolumeAttachment,
} from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import type { KubeObject } from '../../objects.ts';
import { accessModes, age } from './format.ts';
import { columns, type Printer } from './printer.ts';

const betaClass = 'volume.beta.kubernetes.io/storage-class';
const defaultClass = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** By plural; each follows its `print…` function in pkg/printers/internalversion/printers.go. */
export const storagePrinters: Readonly<Record<string, Printer>> = {
  persistentvolumes: {
    columns: columns(
      'Name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode*',
    ),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1PersistentVolume>;
      const claim = spec?.claimRef;
      return [
        object.metadata.name,
        spec?.capacity?.['storage'] ?? '0',
        accessModes(spec?.accessModes),
        spec?.persistentVolumeReclaimPolicy ?? '',
        phase(object, status?.phase),
        claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '',
        object.metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
        spec?.volumeAttributesClassName ?? '<unset>',
        status?.reason ?? '',
        age(object, nowMs),
        spec?.volumeMode ?? '<unset>',
      ];
    },
  },
  persistentvolumeclaims: {
    columns: columns(
      'Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode*',
    ),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1PersistentVolumeClaim>;
      const bound = spec?.volumeName !== undefined && spec.volumeName !== '';
      return [
        object.metadata.name,
        phase(object, status?.phase),
        spec?.volumeName ?? '',
        bound ? (status?.capacity?.['storage'] ?? '0') : '',
        bound ? accessModes(status?.accessModes) : '',
        object.metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
        spec?.volumeAttributesClassName ?? '<unset>',
        age(object, nowMs),
        spec?.volumeMode ?? '<unset>',
      ];
    },
  },
  storageclasses: {
    columns: columns('Name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age'),
    cells(object, nowMs) {
      const { provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion } =
        object as unknown as Wire<V1StorageClass>;
      const isDefault = defaultClass.some((name) => object.metadata.annotations?.[name] === 'true');
      return [
        `${object.metadata.name}${isDefault ? ' (default)' : ''}`,
        provisioner,
        reclaimPolicy ?? 'Delete',
        volumeBindingMode ?? 'Immediate',
        allowVolumeExpansion ?? false,
        age(object, nowMs),
      ];
    },
  },
  volumeattachments: {
    columns: columns('Name, Attacher, PV, Node, Attached:boolean, Age').map((column) =>
      column.name === 'Attacher' ? { ...column, format: 'name' } : column,
    ),
    cells(object, nowMs) {
      const { spec, status } = object as unknown as Wire<V1VolumeAttachment>;
      return [
        object.metadata.name,
        spec.attacher,
        spec.source.persistentVolumeName ?? '',
        spec.nodeName,
        status?.attached ?? false,
        age(object, nowMs),
      ];
    },
  },
};

function phase({ metadata }: KubeObject, value: string | undefined): string {
  return metadata.deletionTimestamp === undefined ? (value ?? '') : 'Terminating';
}
