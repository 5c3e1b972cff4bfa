/** The outputs that put a text before each message: stern's default and raw, kubectl's, kail's and kubetail's. */
import { bytesOf, type LogSource } from '../line.ts';
import { countColours, type CountingOptions } from './counting-colors.ts';
import { noInk } from './ink.ts';
import type { Look } from './look.ts';
import { prefixed, type Output } from './output.ts';

/** The message alone. */
export const rawOutput: Output = prefixed(() => '');

/** `[CONTEXT ][NAMESPACE ]POD CONTAINER MESSAGE`, in stern's colours. */
export function sternOutput(look: Look): Output {
  return prefixed((source) => {
    const [pod, container] = look.inksFor(source);
    const parts = [pod.wrap(source.pod), container.wrap(source.container)];
    if (look.showNamespace) parts.unshift(pod.wrap(source.namespace));
    if (look.showContext && source.context !== undefined) parts.unshift(pod.wrap(source.context));
    return bytesOf(`${parts.join(' ')} `);
  });
}

/** `[pod/POD/CONTAINER] MESSAGE`. */
export function kubectlOutput(look: Look): Output {
  return prefixed((source) => bytesOf(`[${path(look, source, 'pod', source.pod, source.container)}] `));
}

/** `NAMESPACE/POD[CONTAINER]: MESSAGE`, the prefix in bold white: kail knows no colours by pod. */
export function kailOutput(look: Look): Output {
  return prefixed((source) => bytesOf(kailPrefix(look, source)));
}

/** kail prints its prefix and the colon one by one, each in bold white with codes of its own. */
export function kailPrefix(look: Look, source: LogSource): string {
  const place = `${path(look, source, source.namespace, source.pod)}[${source.container}]`;
  return look.coloured ? `\x1b[97;1m${place}\x1b[0m\x1b[97;1m: \x1b[0m` : `${place}: `;
}

function path({ showContext }: Look, { context }: LogSource, ...parts: readonly string[]): string {
  return (showContext && context !== undefined ? [context, ...parts] : parts).join('/');
}

/**
 * `[POD CONTAINER] MESSAGE`, or `[POD] MESSAGE` where the pod has no other container to tell it from; with colours either
 * the brackets or the whole line have the pod's.
 */
export function kubetailOutput(look: Look, counting: CountingOptions): Output {
  const colourOf = countColours(counting);
  const named = (source: LogSource): string => {
    const { context, pod, container, podUid, sole } = source;
    const index = counting.showIndex ? `${colourOf(podUid).index}:` : '';
    return `[${look.showContext && context !== undefined ? `${context} ` : ''}${index}${pod}${sole === true ? '' : ` ${container}`}]`;
  };
  const inkFor = ({ podUid }: LogSource) => (look.coloured ? colourOf(podUid).ink : noInk);
  if (!look.coloured || counting.coloured === 'pod') {
    return prefixed((source) => bytesOf(`${inkFor(source).wrap(named(source))} `));
  }
  return {
    renderFor(source) {
      const [begin, end] = bytesOf(inkFor(source).wrap(`${named(source)} \n`)).split('\n');
      return (content) => `${begin}${content}${end}\n`;
    },
    prefixFor: undefined,
    harmless: 'message',
  };
}
