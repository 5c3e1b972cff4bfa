/** The tools that are measured, and the command line with which each does the same. */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { kubectlPath, peerPath } from '../cluster/binaries.mts';
import { newestKubernetesVersion, repositoryFolder } from '../cluster/versions.mts';
import { benchNamespace, podName } from './log-world.ts';

export const toolNames = ['kmaint', 'stern', 'kubectl', 'kail', 'kubetail'] as const;
export type ToolName = (typeof toolNames)[number];

export interface CommandLine {
  readonly name: ToolName;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What all of them are asked for: the logs of all pods of the namespace. */
export interface Task {
  readonly pods: number;
  readonly follow: boolean;
  /** Go regular expressions; stern and kmaint only. With one of them colours are on, or nothing would be highlighted. */
  readonly include?: string;
  readonly highlight?: string;
  /** stern with its own limit of five requests a second, not without one. */
  readonly throttled?: boolean;
}

/** Undefined: it is not installed, or cannot do that. */
export function commandLine(name: ToolName, task: Task): CommandLine | undefined {
  const file = fileOf(name);
  if (file === undefined) return undefined;
  const words = argsOf(name, task);
  if (!words) return undefined;
  if (name === 'kmaint') {
    return { name, file: process.env['KMAINT_TEST_NODE'] ?? process.execPath, args: [file, ...words], env: {} };
  }
  if (name !== 'kubetail') return { name, file, args: words, env: {} };
  // It starts kubectl by its name.
  const kubectl = fileOf('kubectl');
  const path = `${kubectl === undefined ? '' : dirname(kubectl)}${delimiter}${process.env['PATH'] ?? ''}`;
  // Since bash 5.2 an ampersand in a replacement means what was found: Debian's kubetail is not written for that.
  const args = ['+O', 'patsub_replacement', file, ...words];
  return { name, file: 'bash', args, env: { PATH: path, TERM: 'xterm' } };
}

const debianKubetail = '/usr/bin/kubetail';

function fileOf(name: ToolName): string | undefined {
  switch (name) {
    case 'kmaint':
      return join(repositoryFolder, 'bin/kmaint.js');
    case 'kubectl':
      return kubectlPath(newestKubernetesVersion);
    case 'stern':
    case 'kail':
      return existsSync(peerPath(name)) ? peerPath(name) : undefined;
    case 'kubetail':
      return existsSync(debianKubetail) ? debianKubetail : undefined;
  }
}

/** How to get one that is missing. */
export function installHint(name: ToolName): string {
  return name === 'kubetail' ? 'apt-get install kubetail' : 'npm run cluster:build';
}

function argsOf(name: ToolName, task: Task): readonly string[] | undefined {
  const filters = task.include !== undefined || task.highlight !== undefined;
  switch (name) {
    case 'kmaint':
      return ['logs', ...sternWords(task)];
    case 'stern':
      // Without it stern asks for five logs a second only: the throttle would be measured, not the tool.
      return [...sternWords(task), ...(task.throttled === true ? [] : ['--qps=-1'])];
    case 'kubectl':
      return filters ? undefined : kubectlWords(task);
    case 'kail':
      return filters ? undefined : ['--ns', benchNamespace, '--since', '1000h'];
    case 'kubetail':
      return filters ? undefined : [benchNamespace, '-n', benchNamespace, '-s', '1000h', '-f', String(task.follow)];
  }
}

function sternWords({ pods, follow, include, highlight }: Task): readonly string[] {
  return [
    '.',
    '-n',
    benchNamespace,
    ...(follow ? [] : ['--no-follow']),
    '--only-log-lines',
    '--max-log-requests',
    String(pods),
    ...(include === undefined ? [] : ['--include', include]),
    ...(highlight === undefined ? [] : ['--highlight', highlight]),
    '--color',
    include === undefined && highlight === undefined ? 'never' : 'always',
  ];
}

function kubectlWords({ pods, follow }: Task): readonly string[] {
  return [
    'logs',
    '-n',
    benchNamespace,
    '--prefix',
    ...(follow ? ['-f'] : []),
    ...(pods === 1 ? [podName(0)] : ['-l', `app=${benchNamespace}`, '--tail=-1', '--max-log-requests', String(pods)]),
  ];
}
