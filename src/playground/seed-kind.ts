/** Checks that a document is an object of a kind that the playground has. */
import { closest } from '../closest.ts';
import { apiVersionOf, type DraftObject, type ResourceType } from './objects.ts';
import { findType, resourceTypes } from './resources.ts';

export type SeedDraft =
  | { readonly draft: DraftObject; readonly type: ResourceType; readonly name: string }
  | { readonly problem: string };

/** The document as an object that can be created, or what is wrong with it. */
export function draftOf(value: unknown): SeedDraft {
  if (!isRecord(value)) return { problem: 'is no Kubernetes object but a plain value or a list' };
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== 'string') return { problem: 'has no apiVersion' };
  if (typeof kind !== 'string') return { problem: 'has no kind' };
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const type = findType(group, apiVersion.slice(slash + 1), { kind });
  if (type?.kind !== kind) return { problem: unknownKind(apiVersion, kind) };
  const name = isRecord(metadata) ? metadata['name'] : undefined;
  if (typeof name !== 'string' || name === '') return { problem: `${kind} has no metadata.name` };
  return { draft: value, type, name };
}

function unknownKind(apiVersion: string, kind: string): string {
  const elsewhere = resourceTypes.find((type) => type.kind === kind);
  if (elsewhere) return `${kind} is of ${apiVersionOf(elsewhere)}, not of ${apiVersion}`;
  const kinds = resourceTypes.map((type) => type.kind);
  const suggestion = closest(kind, kinds);
  const unknown = `the playground has no ${kind} (${apiVersion})`;
  if (suggestion !== undefined) return `${unknown}; did you mean ${suggestion}?`;
  return `${unknown}; it has ${kinds.sort().join(', ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
