/** Strategic merge patches: lists merged by key, and the directives that go with them (apimachinery pkg/util/strategicpatch). */
import type { ResourceType } from '../../objects.ts';
import { ApiStatus } from '../../status.ts';
import { isMap } from './merge-patch.ts';
import { mergeKeyOf } from './merge-keys.ts';

type Fields = Record<string, unknown>;

const elementOrder = '$setElementOrder/';
const deleteScalars = '$deleteFromPrimitiveList/';

/** The patched object; `target` is left as it is. */
export function applyStrategicMergePatch(type: ResourceType, target: Fields, patch: Fields): Fields {
  return mergeMaps(type, target, patch, []);
}

function mergeMaps(type: ResourceType, target: Fields, patch: Fields, path: readonly string[]): Fields {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive);
  const result = retained(target, patch['$retainKeys']);
  for (const [key, values] of Object.entries(patch)) {
    if (!key.startsWith(deleteScalars) || !Array.isArray(values)) continue;
    const field = key.slice(deleteScalars.length);
    const list = result[field];
    if (Array.isArray(list)) result[field] = list.filter((item) => !values.includes(item));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith(deleteScalars)) continue;
    if (key.startsWith(elementOrder)) {
      orderAlone(type, result, target, patch, key, [...path, key.slice(elementOrder.length)]);
    } else if (value === null) {
      delete result[key];
    } else {
      result[key] = mergeValue(type, result[key], value, [...path, key], patch[`${elementOrder}${key}`]);
    }
  }
  return result;
}

/** An order can come without a change of the list itself. */
function orderAlone(
  type: ResourceType,
  result: Fields,
  target: Fields,
  patch: Fields,
  directive: string,
  path: readonly string[],
): void {
  const field = path.at(-1) ?? '';
  const list = target[field];
  if (patch[field] !== undefined || !Array.isArray(list) || !Array.isArray(result[field])) return;
  result[field] = ordered(type, list, result[field] as unknown[], patch[directive], path);
}

function mergeValue(
  type: ResourceType,
  target: unknown,
  value: unknown,
  path: readonly string[],
  order: unknown,
): unknown {
  if (isMap(value)) return mergeMaps(type, isMap(target) ? target : {}, value, path);
  if (!Array.isArray(value)) return value;
  const key = mergeKeyOf(type, path);
  if (key === undefined) return value.filter((item) => !isMap(item) || item['$patch'] === undefined);
  const list = Array.isArray(target) ? (target as unknown[]) : [];
  const merged = key === 'scalars' ? [...new Set([...list, ...value])] : mergeLists(type, list, value, key.field, path);
  // What the patch brings stands in the patch's order, and before all that the server alone has (mergeSlice).
  const inPatchOrder = ordered(type, list, merged, value, path);
  return Array.isArray(order) ? ordered(type, list, inPatchOrder, order, path) : inPatchOrder;
}

function mergeLists(
  type: ResourceType,
  target: readonly unknown[],
  patch: readonly unknown[],
  field: string,
  path: readonly string[],
): unknown[] {
  const replace = patch.some((item) => isMap(item) && item['$patch'] === 'replace');
  const result: unknown[] = replace ? [] : [...target];
  for (const item of patch) {
    if (!isMap(item)) throw badPatch(`expected an object in the list ${path.join('.')}`);
    if (item['$patch'] === 'replace') continue;
    const key = item[field];
    if (key === undefined) {
      throw badPatch(`map: ${JSON.stringify(item)} does not contain declared merge key: ${field}`);
    }
    const at = result.findIndex((candidate) => isMap(candidate) && candidate[field] === key);
    if (item['$patch'] === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at < 0) {
      result.push(mergeMaps(type, {}, item, path));
    } else {
      result[at] = mergeMaps(type, result[at] as Fields, item, path);
    }
  }
  return result;
}

/**
 * The elements that the patch speaks of in its order, the others where the server had them: each goes before the
 * next element of the patch that stood behind it.
 */
function ordered(
  type: ResourceType,
  before: readonly unknown[],
  merged: readonly unknown[],
  order: unknown,
  path: readonly string[],
): unknown[] {
  if (!Array.isArray(order)) return [...merged];
  const key = mergeKeyOf(type, path);
  const id = (item: unknown): unknown =>
    key !== undefined && key !== 'scalars' && isMap(item) ? item[key.field] : item;
  const wanted = order.map(id);
  const placed = merged
    .filter((item) => wanted.includes(id(item)))
    .sort((a, b) => wanted.indexOf(id(a)) - wanted.indexOf(id(b)));
  const others = merged.filter((item) => !wanted.includes(id(item)));
  const formerly = before.map(id);
  const result: unknown[] = [];
  for (const item of placed) {
    const place = formerly.indexOf(id(item));
    while (others.length > 0 && place >= 0) {
      const other = formerly.indexOf(id(others[0]));
      if (other < 0 || other > place) break;
      result.push(others.shift());
    }
    result.push(item);
  }
  return [...result, ...others];
}

function retained(target: Fields, keys: unknown): Fields {
  if (!Array.isArray(keys)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function withoutDirectives(patch: Fields): Fields {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

function unknownDirective(directive: unknown): ApiStatus {
  return badPatch(`Unknown patch type: ${String(directive)} in map`);
}

function badPatch(message: string): ApiStatus {
  return new ApiStatus(500, '', message);
}
