/** The flags of logs for lines that do not come from the API's log: files in containers, and what nodes have rotated away. */
import { booleanFlag, choiceFlag, textFlag } from '../cli/flag.ts';

const source = choiceFlag(
  { name: 'source', about: "Where logs come from; file and cri are this machine's folders and runtime, as --local" },
  ['auto', 'api', 'file', 'cri'],
  'auto',
);

const noJournal =
  '"journal" is what units write, which node-logs reads (node-logs --local --unit kubelet); containers are in it only where docker logs to journald: journalctl -f CONTAINER_NAME=NAME';

export const fileFlags = {
  file: textFlag(
    { name: 'file', about: 'Instead of the log this file in each container, by its stat (or wc) and tail; no shell' },
    'path',
  ),
  rotated: booleanFlag({
    name: 'rotated',
    about: 'First, and in gaps, what the node has rotated away; needs get on nodes/proxy. --local does so anyway',
  }),
  source: {
    ...source,
    parse: (texts) => (texts.at(-1) === 'journal' ? { problem: noJournal } : source.parse(texts)),
  } satisfies typeof source,
} as const;
