/** Runs in a container what looks at a file there, and finds out which programs it has for that. */
import type { ExecSink } from '../../cluster/exec-file.ts';
import type { ExecEnd } from '../../cluster/exec-status.ts';
import type { ContainerRef } from '../../cluster/container-log.ts';
import type { LogCluster } from '../../cluster/log-cluster.ts';
import { readSize, type SizeAnswer } from './commands.ts';
import type { Complaints } from './complaints.ts';
import { otherSize, otherTail, readCommand, sizeCommand, usualPrograms } from './programs.ts';
import type { Print } from './window.ts';

export interface FileAccessDeps {
  readonly exec: LogCluster['exec'];
  readonly ref: ContainerRef;
  readonly path: string;
  readonly complaints: Complaints;
}

/** Longer than all that is read of the answer to how long a file is. */
const longestAnswer = 4000;

export class FileAccess {
  readonly #deps: FileAccessDeps;
  #programs = usualPrograms;

  constructor(deps: FileAccessDeps) {
    this.#deps = deps;
  }

  /** What follows a file sees when its name means another one, and waits for one that is not there. */
  get followsByName(): boolean {
    return this.#programs.follow === '-F';
  }

  /** @throws the signal's reason */
  async size(signal: AbortSignal): Promise<SizeAnswer> {
    const { exec, ref, path } = this.#deps;
    for (;;) {
      const texts = { stdout: '', stderr: '' };
      const end = await exec(ref, sizeCommand(this.#programs, path), textSink(texts), signal);
      const other = otherSize(this.#programs, end, texts.stderr);
      if (!other) return readSize(end, texts.stdout, texts.stderr);
      this.#programs = other;
    }
  }

  /** Prints the file from that byte on, to where it ends now or, to `follow`, as long as the connection lives. */
  printer(from: number, follow: boolean): Print {
    const { exec, ref, path, complaints } = this.#deps;
    const command = readCommand(this.#programs, path, from, follow);
    return (sink, signal) => {
      complaints.begin();
      return exec(ref, command, sink, signal);
    };
  }

  /** Whether there is another tail to be tried after such an end, which is so for the next time then. */
  hasAnother(end: ExecEnd): boolean {
    const other = otherTail(this.#programs, end, this.#deps.complaints.last);
    this.#programs = other ?? this.#programs;
    return other !== undefined;
  }
}

function textSink(texts: { stdout: string; stderr: string }): ExecSink {
  return {
    stdout: (bytes) => {
      if (texts.stdout.length < longestAnswer) texts.stdout += bytes.toString('latin1');
      return undefined;
    },
    stderr: (bytes) => {
      if (texts.stderr.length < longestAnswer) texts.stderr += bytes.toString('utf8');
    },
  };
}
