/** Lists as tables (meta.k8s.io/v1 Table), which is how kubectl asks for what it prints. */
import type { KubeObject, ResourceType } from '../objects.ts';
import { badRequest } from '../registry-errors.ts';
import { clusterPrinters } from './table/cluster-objects.ts';
import { eventPrinter } from './table/events.ts';
import { networkPrinters } from './table/network.ts';
import { nodePrinter } from './table/nodes.ts';
import { podPrinter } from './table/pods.ts';
import { columns, type Printer } from './table/printer.ts';
import { storagePrinters } from './table/storage.ts';
import { workloadPrinters } from './table/workloads.ts';

const printers: Readonly<Record<string, Printer>> = {
  pods: podPrinter,
  nodes: nodePrinter,
  events: eventPrinter,
  ...workloadPrinters,
  ...networkPrinters,
  ...storagePrinters,
  ...clusterPrinters,
};

/** `defaultTableConvertor` in apiserver pkg/registry/rest/table.go, for kinds without a printer of their own. */
const defaultPrinter: Printer = {
  columns: columns('Name, Created At:date'),
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

/**
 * The table of those objects. `listMeta` is the metadata of the list; undefined for a single object, whose own version
 * then stands there. `includeObject` is the query parameter of that name: None, Metadata (the default) or Object. Ages are
 * counted up to `nowMs`.
 */
export function toTable(
  type: ResourceType,
  objects: readonly KubeObject[],
  listMeta: object | undefined,
  includeObject: string | null,
  nowMs: number,
): object {
  const include = includeObject === null || includeObject === '' ? 'Metadata' : includeObject;
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object') throw invalidInclude(include);
  const printer = printers[type.plural] ?? defaultPrinter;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta ?? { resourceVersion: objects[0]?.metadata.resourceVersion ?? '' },
    columnDefinitions: definitions(printer),
    rows: objects.map((object) => {
      const conditions = printer.conditions?.(object);
      return {
        cells: printer.cells(object, nowMs),
        ...(conditions && { conditions }),
        object: included(object, include),
      };
    }),
  };
}

/** Descriptions are for `kubectl explain`-like tools only; nobody prints them with a table. */
function definitions({ columns: all }: Printer): readonly object[] {
  return all.map(({ name, type, format, priority }) => ({ name, type, format, description: '', priority }));
}

function included(object: KubeObject, include: 'None' | 'Metadata' | 'Object'): object | null {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function invalidInclude(value: string): Error {
  return badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: "${value}": must be 'Metadata', 'Object', 'None', or empty`,
  );
}
