/** Writes each container's log into a file of its own. */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, KmaintError } from '../errors.ts';
import { createLineWriter, type LineWriter } from '../report/line-writer.ts';
import type { LogSource } from './line.ts';

export interface LogFolder {
  /** The writer for a container; runs of it that follow each other share one. */
  writerFor(source: LogSource): LineWriter;
  /** Resolves when all is in the files; rejects when a file could not be written. */
  close(): Promise<void>;
}

/** `NAMESPACE/POD/CONTAINER.log` below `folder`, with the context before it where there are several; files are appended to. */
export function createLogFolder(folder: string): LogFolder {
  const writers = new Map<string, { readonly file: string; readonly writer: LineWriter; readonly end: () => void }>();
  return {
    writerFor({ context, namespace, pod, container }) {
      // A context may be called anything; names of Kubernetes hold nothing that means something in a path.
      const parts = [...(context === undefined ? [] : [encodeURIComponent(context)]), namespace, pod];
      const directory = path.join(folder, ...parts);
      const file = path.join(directory, `${container}.log`);
      const known = writers.get(file);
      if (known) return known.writer;
      mkdirSync(directory, { recursive: true });
      const stream = createWriteStream(file, { flags: 'a' });
      const writer = createLineWriter(stream);
      writers.set(file, { file, writer, end: () => stream.end() });
      return writer;
    },
    async close() {
      await Promise.all([...writers.values()].map(({ writer }) => writer.flush()));
      for (const { file, writer, end } of writers.values()) {
        if (writer.failure) {
          throw new KmaintError(`cannot write ${file}: ${writer.failure.message}`, {
            code: 'logs.folder',
            exitCode: exitCodes.incomplete,
          });
        }
        end();
      }
    },
  };
}
