/** Lines through a template that the user wrote. */
import { bytesOf, type ByteString, type LogSource } from '../line.ts';
import type { Ink } from './ink.ts';
import type { Look } from './look.ts';
import type { Output } from './output.ts';

/** What a template sees; all strings are bytes, so that lines that are no UTF-8 come out as they went in. */
export interface TemplateData {
  readonly Message: ByteString;
  readonly Timestamp: string;
  readonly NodeName: ByteString;
  readonly Namespace: ByteString;
  readonly PodName: ByteString;
  readonly ContainerName: ByteString;
  readonly Labels: Readonly<Record<string, ByteString>>;
  readonly Annotations: Readonly<Record<string, ByteString>>;
  readonly PodColor: Ink;
  readonly ContainerColor: Ink;
}

/** A template ready to be used; see src/logs/template/compile.ts. A failure is text. */
export interface LineTemplate {
  readonly renderBytes: (data: TemplateData) => { readonly text: ByteString } | { readonly failure: string };
}

/** No line feed is added; the timestamp is the server's, and part of the message too where one was asked for. */
export function templateOutput(template: LineTemplate, look: Look, onFailure: (message: string) => void): Output {
  return {
    renderFor(source) {
      const place = placeOf(source, look);
      return (content, line) => {
        const answer = template.renderBytes({ Message: content, Timestamp: line.timestamp, ...place });
        if ('text' in answer) return answer.text;
        onFailure(`expanding template failed: ${answer.failure}`);
        return undefined;
      };
    },
    prefixFor: undefined,
    // Its functions take messages apart: they have to see them as they are.
    harmless: 'printed',
  };
}

/** All that is the same for the lines of a source. */
function placeOf(source: LogSource, look: Look): Omit<TemplateData, 'Message' | 'Timestamp'> {
  const [PodColor, ContainerColor] = look.inksFor(source);
  return {
    NodeName: bytesOf(source.node),
    Namespace: bytesOf(source.namespace),
    PodName: bytesOf(source.pod),
    ContainerName: bytesOf(source.container),
    Labels: mapOfBytes(source.labels),
    Annotations: mapOfBytes(source.annotations),
    PodColor,
    ContainerColor,
  };
}

function mapOfBytes(map: Readonly<Record<string, string>>): Readonly<Record<string, ByteString>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [bytesOf(key), bytesOf(value)]));
}
