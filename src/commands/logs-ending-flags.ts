/** The flags of logs that say when a tail ends by itself. */
import { durationFlag } from '../cli/duration.ts';
import { booleanFlag, choiceFlag, textsFlag } from '../cli/flag.ts';
import type { Settings } from '../cli/settings.ts';
import type { EndingOptions } from '../logs/ending/options.ts';

export const endingFlags = {
  idleTimeout: durationFlag({
    name: 'idle-timeout',
    about: 'While following: end when no container wrote a line for so long; 0s: never',
  }),
  untilMatch: textsFlag(
    { name: 'until-match', about: 'End with the first line shown that matches; may be repeated' },
    'regex',
  ),
  failOn: textsFlag({ name: 'fail-on', about: 'The same as a failure, with exit code 1; may be repeated' }, 'regex'),
  onGap: choiceFlag(
    { name: 'on-gap', about: 'Where lines may be missing: say so, end there with exit code 1, or go on silently' },
    ['warn', 'fail', 'ignore'],
    'warn',
  ),
  failEmpty: booleanFlag({ name: 'fail-empty', about: 'With --no-follow: exit code 1 when no pod matches' }),
} as const;

export function endingOptions({ get }: Settings): EndingOptions {
  return {
    idleTimeoutMs: get(endingFlags.idleTimeout),
    untilMatch: get(endingFlags.untilMatch),
    failOn: get(endingFlags.failOn),
    onGap: get(endingFlags.onGap),
    failEmpty: get(endingFlags.failEmpty),
  };
}
