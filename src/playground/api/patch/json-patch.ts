/** JSON Patch, RFC 6902. */

type Container = Record<string, unknown> | unknown[];

/** The patch cannot be applied: a test failed, or a path leads nowhere. */
export class JsonPatchError extends Error {}

export interface JsonPatchOperation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** The patched copy of `document`. */
export function applyJsonPatch(
  document: unknown,
  operations: readonly JsonPatchOperation[],
  same: (a: unknown, b: unknown) => boolean,
): unknown {
  const root: Record<string, unknown> = { '': structuredClone(document) };
  for (const { op, path, from, value } of operations) {
    const to = parsePointer(path);
    switch (op) {
      case 'add':
        add(root, to, structuredClone(value));
        break;
      case 'remove':
        remove(root, to);
        break;
      case 'replace':
        remove(root, to);
        add(root, to, structuredClone(value));
        break;
      case 'move': {
        const source = parsePointer(from);
        const moved = get(root, source);
        remove(root, source);
        add(root, to, moved);
        break;
      }
      case 'copy':
        add(root, to, structuredClone(get(root, parsePointer(from))));
        break;
      case 'test':
        if (!same(find(root, to), value ?? undefined)) throw new JsonPatchError(`test of ${String(path)} failed`);
        break;
      default:
        throw new JsonPatchError(`unknown operation ${String(op)}`);
    }
  }
  return root[''];
}

function parsePointer(pointer: unknown): string[] {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/'))) {
    throw new JsonPatchError(`no JSON pointer: ${String(pointer)}`);
  }
  return pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function get(root: Container, path: readonly string[]): unknown {
  const value = find(root, path);
  if (value === undefined) throw new JsonPatchError(`nothing at ${path.join('/')}`);
  return value;
}

function find(root: Container, path: readonly string[]): unknown {
  let value: unknown = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Array.isArray(value) ? value[indexIn(step, value.length - 1)] : (value as Record<string, unknown>)[step];
  }
  return value;
}

function parentOf(root: Container, path: readonly string[]): { parent: Container; last: string } {
  const parent = path.length === 1 ? root : get(root, path.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) throw new JsonPatchError(`nothing below ${path.join('/')}`);
  return { parent: parent as Container, last: path.at(-1) ?? '' };
}

function add(root: Container, path: readonly string[], value: unknown): void {
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : indexIn(last, parent.length), 0, value);
  else parent[last] = value;
}

function remove(root: Container, path: readonly string[]): void {
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(indexIn(last, parent.length - 1), 1);
  else if (Object.hasOwn(parent, last)) delete parent[last];
  else throw new JsonPatchError(`nothing at ${path.join('/')}`);
}

function indexIn(step: string, max: number): number {
  if (!/^(0|[1-9]\d*)$/.test(step) || Number(step) > max) throw new JsonPatchError(`no index: ${step}`);
  return Number(step);
}
