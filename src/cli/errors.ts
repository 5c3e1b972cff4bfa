/** The one place where an error becomes text on stderr and an exit code. */
import { exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import { renderError } from '../report/error-text.ts';
import { chooseColor } from '../report/modes.ts';
import { plainStyle } from '../report/style.ts';
import { crashReport } from './crash.ts';
import type { Io } from './io.ts';

/** Says what went wrong; an error that is not ours is a bug, and ends with a report to paste. */
export async function explain(error: unknown, io: Io): Promise<ExitCode> {
  if (!(error instanceof KmaintError)) {
    io.stderr.write(crashReport(error, io));
    return exitCodes.bug;
  }
  // Flags may be what is wrong, so only the environment and the terminal decide about colours.
  const colored = chooseColor('auto', io.stderr, io.env);
  const style = colored ? (await import('../report/colors.ts')).styleFor(true) : plainStyle;
  io.stderr.write(renderError(error, style));
  return error.exitCode;
}
