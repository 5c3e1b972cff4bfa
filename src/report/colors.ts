/** The style of a terminal with colours. */
import { Chalk } from 'chalk';
import { plainStyle, type Style } from './style.ts';

/** Sixteen colours only: those are the ones that users set to what they can read. */
export function styleFor(colored: boolean): Style {
  if (!colored) return plainStyle;
  const chalk = new Chalk({ level: 1 });
  return {
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
  };
}
