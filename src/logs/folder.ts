/** Writes each container's log into a file of its own. */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, KmaintError } from '../errors.ts';
import { createLineWriter, type LineWriter } from '../report/line-writer.ts';
import type { LogSource } from './line.ts';

export interface LogFolder {
  /** The writer for a container; runs of it that follow each other share one. */
  writerFor(source: LogSource): LineWriter;
  /** Throws when that writer's file could not be written. */
  check(writer: LineWriter): void;
  /** Resolves when all is in the files; rejects when a file could not be written. */
  close(): Promise<void>;
}

/** `NAMESPACE/POD/CONTAINER.log` below `folder`, with the context before it where there are several; files are appended to. */
export function createLogFolder(folder: string): LogFolder {
  const writers = new Map<string, { readonly file: string; readonly writer: LineWriter; readonly end: () => void }>();
  return {
    writerFor({ context, namespace, pod, container }) {
      const parts = [...(context === undefined ? [] : [context]), namespace, pod].map(safe);
      const directory = path.join(folder, ...parts);
      const file = path.join(directory, `${safe(container)}.log`);
      const known = writers.get(file);
      if (known) return known.writer;
      try {
        mkdirSync(directory, { recursive: true });
      } catch (error) {
        throw unwritable(file, error);
      }
      const stream = createWriteStream(file, { flags: 'a' });
      const writer = createLineWriter(stream);
      writers.set(file, { file, writer, end: () => stream.end() });
      return writer;
    },
    check(asked) {
      if (!asked.failure) return;
      const found = [...writers.values()].find(({ writer }) => writer === asked);
      throw unwritable(found?.file ?? folder, asked.failure);
    },
    async close() {
      await Promise.all([...writers.values()].map(({ writer }) => writer.flush()));
      for (const { file, writer, end } of writers.values()) {
        if (writer.failure) throw unwritable(file, writer.failure);
        end();
      }
    },
  };
}

/** Whatever a server or a kubeconfig calls it, it is one step of a path. */
function safe(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length));
}

function unwritable(file: string, error: unknown): KmaintError {
  return new KmaintError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
    code: 'logs.folder',
    exitCode: exitCodes.incomplete,
  });
}
