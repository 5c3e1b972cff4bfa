/** Errors as text: what, which, why, and what to do next. */
import { KmaintError, UsageError } from '../errors.ts';
import { counted } from './counting.ts';
import { harmless, indented } from './harmless.ts';
import { plainStyle, type Style } from './style.ts';

/**
 * An error as lines for stderr, each ending in a line feed: `error: …`, all problems of a UsageError, `hint: …`.
 * Causes are left out: they repeat the message or hold more than a log should.
 */
export function renderError(error: unknown, style: Style = plainStyle): string {
  const hint = error instanceof KmaintError ? error.hint : undefined;
  const problems = error instanceof UsageError ? error.problems : [];
  if (problems.length <= 1) return errorLines(problems[0] ?? messageOf(error), hint, style);
  const list = problems.map((problem) => `- ${problem.split('\n').join('\n  ')}`);
  return errorLines([`${counted(problems.length, 'problem')}:`, ...list].join('\n'), hint, style);
}

/** An error's message and hint as lines, when there is no error object any more. */
export function errorLines(message: string, hint: string | undefined, style: Style): string {
  const lines = [`${style.bad('error:')} ${indented(harmless(message))}`];
  if (hint !== undefined && hint !== '') lines.push(`${style.strong('hint:')} ${indented(harmless(hint))}`);
  return `${lines.join('\n')}\n`;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return typeof error === 'string' ? error : 'something that is no error was thrown';
}
