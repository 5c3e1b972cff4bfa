/** Asks on the terminal: the question on stderr, the answer from stdin. */
import type { Input, Output } from './io.ts';
import type { Prompt } from './prompt.ts';

/** A prompt that nobody is asked by unless both streams are terminals. */
export function terminalPrompt({ stdin, stderr }: { readonly stdin: Input; readonly stderr: Output }): Prompt {
  return {
    available: stdin.isTTY === true && stderr.isTTY === true,
    async confirm(question, { signal }) {
      signal.throwIfAborted();
      const answer = await ask(`${question} [y/N] `, stdin, stderr, signal);
      return /^\s*y(?:es)?\s*$/i.test(answer);
    },
  };
}

/** Asks for one line of text, empty when stdin ends; rejects with the signal's reason when interrupted. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string>;

/** Undefined where nobody can answer: unless both streams are terminals. */
export function terminalAsker({ stdin, stderr }: { readonly stdin: Input; readonly stderr: Output }): Ask | undefined {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  return (question, signal) => {
    signal.throwIfAborted();
    return ask(question, stdin, stderr, signal);
  };
}

/** One line from the user; empty when stdin ends. */
async function ask(question: string, stdin: Input, stderr: Output, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline');
  // Without readline's own line editor the terminal stays as it is, so that Ctrl-C still arrives as a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  let abort: (() => void) | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      abort = () => {
        stderr.write('\n');
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      stderr.write(question);
      if (signal.aborted) abort();
    });
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
    lines.close();
    // An open stdin would keep the process alive.
    stdin.pause();
  }
}
