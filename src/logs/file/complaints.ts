/** What a program in a container says on stderr, line by line. */
import { knowsNoOption } from './programs.ts';

export interface Complaints {
  /** Another program begins. */
  begin(): void;
  /** The lines that have come to their end, which were told already. */
  push(bytes: Buffer): readonly string[];
  /** Tells what has no line feed. */
  end(): void;
  /** The line that came last. */
  readonly last: string;
}

/** More than that of one line is nothing that anybody reads. */
const longestLine = 2000;

/** What busybox adds when it has said which file is not there. */
const addsNothing = /^(?:tail|\S*\/tail): no files$/;

/** `tell` gets a line without its line feed, and the same one after another only once. */
export function createComplaints(tell: (text: string) => void): Complaints {
  let half = '';
  let last = '';
  let isUsage = false;
  const say = (line: string): boolean => {
    if (line === '' || isUsage || addsNothing.test(line)) return false;
    // All its options follow; what is done about it is told elsewhere.
    isUsage = knowsNoOption(line);
    if (!isUsage && line !== last) tell(line);
    last = line;
    return !isUsage;
  };
  return {
    begin() {
      isUsage = false;
    },
    push(bytes) {
      const lines = (half + bytes.toString('utf8')).split('\n');
      half = (lines.pop() ?? '').slice(0, longestLine);
      return lines.map((line) => line.slice(0, longestLine)).filter(say);
    },
    end() {
      say(half);
      half = '';
    },
    get last() {
      return half === '' ? last : half;
    },
  };
}
