/** The only door to V8's engine for patterns of users: none of them can hold it up. */
import { setFlagsFromString } from 'node:v8';

// A backtracking engine takes exponential time for some patterns; V8 gives up on those and starts its linear engine
// instead, where it is allowed to. The flag counts from the first pattern that is compiled after it was set.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** @param source without back references, assertions around and counts above 16: what the linear engine takes */
export function nativeRegExp(source: string, flags: '' | 'g' = ''): RegExp {
  return new RegExp(source, flags);
}
