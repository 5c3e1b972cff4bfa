/** Objects as JSON text, serialised once however often they are read. */
import { apiVersionOf, type KubeObject, type ResourceType } from '../objects.ts';

const texts = new WeakMap<KubeObject, string>();

/** Without kind and apiVersion, as in a list. */
export function itemText(object: KubeObject): string {
  let text = texts.get(object);
  if (text === undefined) {
    const { kind: _kind, apiVersion: _apiVersion, ...fields } = object;
    texts.set(object, (text = JSON.stringify(fields)));
  }
  return text;
}

/** With kind and apiVersion in front, as the server writes them. */
export function objectText(object: KubeObject): string {
  return `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},${itemText(object).slice(1)}`;
}

/** A whole list; `metadata` is the list's own. */
export function listText(type: ResourceType, objects: readonly KubeObject[], metadata: object): string {
  const head = `{"kind":"${type.kind}List","apiVersion":"${apiVersionOf(type)}","metadata":${JSON.stringify(metadata)},"items":[`;
  return `${head}${objects.map(itemText).join(',')}]}`;
}
