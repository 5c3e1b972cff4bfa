// Runs commands inside a node: in its namespaces, in its cgroups, with nothing of our environment.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsOf, inGroups } from './cgroups.ts';
import { runTool } from './tool.ts';

/** A node that runs. */
export interface LivingNode {
  readonly name: string;
  /** Its first process, as the host counts. */
  readonly initPid: number;
}

/** The PATH inside a node: what was built here comes first. */
export const nodePath = '/opt/kubernetes:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The argv that runs `argv` inside the node. */
export function enterArgv({ name, initPid }: LivingNode, argv: readonly string[]): string[] {
  // Without the cgroups and -C a kubelet started here would run in the host's.
  const namespaces = ['nsenter', '-t', String(initPid), '-m', '-u', '-i', '-n', '-p', '-C', '--'];
  const { TERM = 'dumb' } = process.env;
  const environment = ['env', '-i', `PATH=${nodePath}`, 'HOME=/root', `TERM=${TERM}`, 'LANG=C.UTF-8'];
  return inGroups(cgroupsOf(name), [...namespaces, ...environment, ...argv]);
}

/**
 * Runs a command inside the node to its end.
 * @returns its standard output
 * @throws {Error} with its command line and what it said, when it fails
 */
export async function enter(node: LivingNode, argv: readonly string[]): Promise<string> {
  try {
    return await runTool(enterArgv(node, argv));
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(error.message.indexOf(' failed with')) : String(error);
    throw new Error(`on ${node.name}: ${argv.join(' ')}${said}`, { cause: error });
  }
}

/** Where the host sees a file of the node, e.g. for reading `/etc/kubernetes/admin.conf` without a process. */
export function pathOnHost({ initPid }: LivingNode, path: string): string {
  return join(`/proc/${String(initPid)}/root`, path);
}

/** The text of a file of the node. */
export function readNodeFile(node: LivingNode, path: string): string {
  return readFileSync(pathOnHost(node, path), 'utf8');
}
