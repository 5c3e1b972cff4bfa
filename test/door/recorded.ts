/** Answers recorded from a real API server (`fixtures/api/`). */
import { readFileSync } from 'node:fs';
import type { Answer } from '../../src/cluster/answer.ts';

/** The answer of that name; its body as text, as it came. */
export function recorded(name: string): Answer {
  const file = new URL(`../../fixtures/api/${name}.json`, import.meta.url);
  const { status, headers, body } = JSON.parse(readFileSync(file, 'utf8')) as {
    status: number;
    headers: Record<string, string>;
    body: unknown;
  };
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
