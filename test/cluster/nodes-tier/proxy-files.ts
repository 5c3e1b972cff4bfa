// What kube-proxy needs beside itself in its image: this machine's iptables, ipset and conntrack with all they load.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './tool.ts';

/** The libraries in the output of `ldd`, the loader among them. */
export function parseLdd(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const path = /(?:=>\s+|^\s+)(\/\S+) \(0x/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
}

const commands = [
  'iptables',
  'iptables-restore',
  'iptables-save',
  'ip6tables',
  'ip6tables-restore',
  'ip6tables-save',
  'ipset',
  'conntrack',
];

/** The folder of iptables' extensions, e.g. `/usr/lib/x86_64-linux-gnu/xtables`. */
function extensionsFolder(): string {
  const found = readdirSync('/usr/lib')
    .map((entry) => join('/usr/lib', entry, 'xtables'))
    .find((folder) => existsSync(folder));
  if (found === undefined) throw new Error('no /usr/lib/*/xtables: install the package iptables');
  return found;
}

/** The files by their path, which is the same in the image and on this machine. */
export async function proxyFiles(): Promise<Record<string, string>> {
  const folder = extensionsFolder();
  const extensions = readdirSync(folder).map((name) => join(folder, name));
  const programs = commands.map((command) => {
    const found = ['/usr/sbin', '/sbin', '/usr/bin'].map((place) => join(place, command)).find(existsSync);
    if (found === undefined) throw new Error(`${command} is not installed`);
    return found;
  });
  const own = [...programs, ...extensions];
  const libraries = await Promise.all(own.map(async (path) => parseLdd(await runTool(['ldd', path]))));
  return Object.fromEntries([...own, ...libraries.flat()].map((path) => [path, path]));
}
