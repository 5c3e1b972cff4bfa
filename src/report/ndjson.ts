/** Every event as one line of JSON. */
import type { Clock } from '../clock.ts';
import type { Event } from './events.ts';
import { harmlessJson } from './harmless.ts';
import type { TextReporter } from './reporter.ts';
import type { Sink } from './sink.ts';

/**
 * Types of records, fields and words of a field are only ever added within a major version, which changes nothing here:
 * readers ignore what they do not know (`fixtures/output/ndjson/schema.json`).
 */
export const schemaVersion = '1.0';

/**
 * First record `{"type":"version","schema":"1.0"}`, last `run.finished`; each record between carries `time`, RFC 3339.
 * A stream without `run.finished` was cut off.
 */
export function ndjsonReporter({ stdout, clock }: { readonly stdout: Sink; readonly clock: Clock }): TextReporter {
  let state: 'new' | 'open' | 'finished' = 'new';
  return {
    emit(event: Event) {
      if (state === 'finished') return;
      if (state === 'new') stdout.write(`${harmlessJson({ type: 'version', schema: schemaVersion })}\n`);
      state = event.type === 'run.finished' ? 'finished' : 'open';
      const { type, ...fields } = event;
      stdout.write(`${harmlessJson({ type, time: new Date(clock.now()).toISOString(), ...fields })}\n`);
    },
    close: () => {},
  };
}
