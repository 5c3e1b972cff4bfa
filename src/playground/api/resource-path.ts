/** Takes the paths of resources apart: /api/v1/… and /apis/GROUP/VERSION/…. */
import type { ResourceType } from '../objects.ts';
import { findType, resourceTypes } from '../resources.ts';

export interface ResourcePath {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  /** Undefined for a collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const groups = new Set(resourceTypes.map(({ group }) => group));
const namespaceSubresources = new Set(['status', 'finalize']);

/** What a path means: a resource, nothing in a group that exists, or nothing in any group. */
export function parseResourcePath(path: string): ResourcePath | 'no such resource' | 'no such group' {
  const segments = path.split('/').slice(1);
  if (segments.at(-1) === '') segments.pop();
  const core = segments[0] === 'api';
  if (!core && segments[0] !== 'apis') return 'no such group';
  const [group, version] = core ? ['', segments[1] ?? ''] : [segments[1] ?? '', segments[2] ?? ''];
  if (version === '' || !groups.has(group)) return 'no such group';
  const rest = segments.slice(core ? 2 : 3).map(decode);
  const inNamespace =
    rest[0] === 'namespaces' && rest.length >= 3 && !(rest.length === 3 && namespaceSubresources.has(rest[2] ?? ''));
  const namespace = inNamespace ? rest[1] : undefined;
  const [plural, name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
  const type = plural === undefined ? undefined : findType(group, version, { plural });
  if (!type || plural !== type.plural) return 'no such resource';
  // What is behind a proxy has paths of its own.
  if (more.length > 0 && subresource !== 'proxy') return 'no such resource';
  // A namespaced object without its namespace can only be listed; another has no namespace.
  if (inNamespace !== type.namespaced && (inNamespace || name !== undefined)) return 'no such resource';
  return { type, namespace, name, subresource };
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
