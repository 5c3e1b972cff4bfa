/** stern's JSON outputs, byte for byte: one object a line, and the two that keep JSON messages as they are. */
import { bytesOf, type ByteString, type LogSource } from '../line.ts';
import { quoteJson } from '../template/go-json.ts';
import { isJson } from '../template/json-valid.ts';
import type { Look } from './look.ts';
import type { Output } from './output.ts';

/** `{"message":…,"nodeName":…}`; the context of a source comes last, where it is shown. */
export function jsonOutput(look: Look): Output {
  return {
    renderFor(source) {
      const rest = [
        `"nodeName":${jsonText(source.node)}`,
        `"namespace":${jsonText(source.namespace)}`,
        `"podName":${jsonText(source.pod)}`,
        `"containerName":${jsonText(source.container)}`,
        `"labels":${jsonMap(source.labels)}`,
        `"annotations":${jsonMap(source.annotations)}`,
      ];
      if (look.showContext && source.context !== undefined) rest.push(`"context":${jsonText(source.context)}`);
      const end = `,${rest.join(',')}}\n`;
      return (content) => `{"message":${quoteJson(content)}${end}`;
    },
    prefixFor: undefined,
    harmless: 'json',
  };
}

function jsonText(text: string): ByteString {
  return quoteJson(bytesOf(text));
}

/** Sorted by the bytes of the keys. An empty one is null: the API server leaves it out, and Go has nil for that. */
function jsonMap(map: Readonly<Record<string, string>>): ByteString {
  const entries = Object.entries(map).map(([key, value]) => [bytesOf(key), bytesOf(value)] as const);
  if (entries.length === 0) return 'null';
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${quoteJson(key)}:${quoteJson(value)}`).join(',')}}`;
}

/**
 * `{"pod": …, "container": …, "message": …}` with the message as it is where it is JSON. The namespace is only there with
 * all of them, and names are in colours inside of their quotes, both as in stern.
 */
export function extJsonOutput(look: Look, allNamespaces: boolean, pretty: boolean): Output {
  const [open, comma, close] = pretty ? ['{\n  ', ',\n  ', '\n}\n'] : ['{', ', ', '}\n'];
  return {
    renderFor(source) {
      const names = namesOf(source, look, allNamespaces).map(([key, value]) => `"${key}": "${value}"`);
      const begin = bytesOf(`${open}${names.join(comma)}${comma}"message": `);
      return (content) => begin + (isJson(content) ? content : quoteJson(content)) + close;
    },
    prefixFor: undefined,
    harmless: 'json',
  };
}

function namesOf(source: LogSource, look: Look, allNamespaces: boolean): (readonly [key: string, value: string])[] {
  const [pod, container] = look.inksFor(source);
  const names: (readonly [string, string])[] = [];
  if (look.showContext && source.context !== undefined) names.push(['context', pod.wrap(source.context)]);
  if (allNamespaces) names.push(['namespace', pod.wrap(source.namespace)]);
  names.push(['pod', pod.wrap(source.pod)], ['container', container.wrap(source.container)]);
  return names;
}
