/** kail's JSON outputs: a message that is an object is printed as one. */
import { bytesOf, type ByteString, type LogSource } from '../line.ts';
import { encodeJson, indentJson, parseJson, type JsonNode } from './json-tree.ts';
import type { Look } from './look.ts';
import type { Output } from './output.ts';

/** On one line, or with two spaces for each level; keys in the order of their names. */
export function kailJsonOutput(look: Look, pretty: boolean): Output {
  const print = pretty ? indentJson : (node: JsonNode): ByteString => encodeJson(node, 'float');
  return {
    renderFor(source) {
      const names = namesOf(source, look);
      return (content) =>
        `${print({ kind: 'object', entries: new Map([...names, ['message', messageOf(content)]]) })}\n`;
    },
    prefixFor: undefined,
    harmless: 'json',
  };
}

function namesOf(source: LogSource, look: Look): readonly (readonly [ByteString, JsonNode])[] {
  const { container, pod, namespace, context } = source;
  const names: [string, string][] = [
    ['container', container],
    ['name', pod],
    ['namespace', namespace],
  ];
  if (look.showContext && context !== undefined) names.push(['context', context]);
  return names.map(([key, value]) => [key, { kind: 'string', bytes: bytesOf(value) }]);
}

/** An object, or the null that Go's decoder also puts into a map; everything else stays text. */
function messageOf(content: ByteString): JsonNode {
  const node = parseJson(content);
  return node?.kind === 'object' || (node?.kind === 'word' && node.text === 'null')
    ? node
    : { kind: 'string', bytes: content };
}
