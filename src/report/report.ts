/** The port through which workflows say what happens. */
import type { Event } from './events.ts';

export interface Report {
  emit(event: Event): void;
}
