/** What a program in a container says on stderr, line by line. */

export interface Complaints {
  /** The lines that have come to their end, which were told already. */
  push(bytes: Buffer): readonly string[];
  /** Tells what has no line feed. */
  end(): void;
  /** The line that came last. */
  readonly last: string;
}

/** More than that of one line is nothing that anybody reads. */
const longestLine = 2000;

/** `tell` gets a line without its line feed, and the same one after another only once. */
export function createComplaints(tell: (text: string) => void): Complaints {
  let half = '';
  let last = '';
  const say = (line: string): void => {
    if (line !== '' && line !== last) tell(line);
    if (line !== '') last = line;
  };
  return {
    push(bytes) {
      const lines = (half + bytes.toString('utf8')).split('\n');
      half = (lines.pop() ?? '').slice(0, longestLine);
      for (const line of lines) say(line.slice(0, longestLine));
      return lines.filter((line) => line !== '');
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
