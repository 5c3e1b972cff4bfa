/** Writes each container's log into a file of its own. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { exitCodes, KmaintError } from '../errors.ts';
import { makeFolders } from '../make-folders.ts';
import type { LineWriter } from '../report/line-writer.ts';
import { createFileWriter } from './folder/file-writer.ts';
import type { LogSource } from './line.ts';
import { OpenFiles } from './folder/open-files.ts';

export interface LogFolder {
  /** The writer for a container; runs of it that follow each other share one. */
  writerFor(source: LogSource): LineWriter;
  /** Throws when that writer's file could not be written. */
  check(writer: LineWriter): void;
  /** Resolves when all is in the files; rejects when a file could not be written. */
  close(): Promise<void>;
}

/** A process may open a thousand files or fewer, and streams need some, too. */
const mostOpen = 128;

/**
 * `NAMESPACE/POD/CONTAINER.log` below `folder`, with the context before it where there are several; files are appended to.
 * No more than `most` are open at once: of more, those that were not written to for longest are closed meanwhile.
 *
 * @throws KmaintError `logs.folder` where the folder cannot be made or written to
 */
export function createLogFolder(folder: string, most = mostOpen): LogFolder {
  try {
    makeFolders(folder);
    // Known at once, and not with the first line that is lost.
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
  const files = new OpenFiles(most);
  const writers = new Map<string, LineWriter>();
  return {
    writerFor({ context, namespace, pod, container }) {
      const parts = [...(context === undefined ? [] : [context]), namespace, pod].map(safe);
      const directory = path.join(folder, ...parts);
      const file = path.join(directory, `${safe(container)}.log`);
      const known = writers.get(file);
      if (known) return known;
      try {
        makeFolders(directory);
      } catch (error) {
        throw unwritable(file, error);
      }
      const writer = createFileWriter(file, files);
      writers.set(file, writer);
      return writer;
    },
    check(asked) {
      if (!asked.failure) return;
      const found = [...writers].find(([, writer]) => writer === asked);
      throw unwritable(found?.[0] ?? folder, asked.failure);
    },
    async close() {
      await Promise.all([...writers.values()].map((writer) => writer.flush()));
      await files.close();
      for (const [file, { failure }] of writers) if (failure) throw unwritable(file, failure);
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
    hint: 'make room or permission there, or name another folder with --output-dir',
    cause: error,
  });
}
