/** What every way of reporting is, inside this room. */
import type { Report } from './report.ts';

export interface TextReporter extends Report {
  /** Stops timers and leaves the terminal as it was found; what was written is not lost. */
  close(): void;
}
