/** What a cluster of real nodes could leave on the host, taken down so that before and after can be compared. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface HostState {
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly routes: readonly string[];
  /** Files behind loop devices. */
  readonly disks: readonly string[];
  /** Those at the top of each hierarchy: what is below them comes and goes with the host's own programs. */
  readonly cgroups: readonly string[];
  /** Of all living processes: network, mount and PID namespaces. */
  readonly namespaces: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function foldersIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

function namespaces(): string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const links = pids.flatMap((pid) =>
    ['net', 'mnt', 'pid'].map((kind) => orNothing(() => readlinkSync(`/proc/${pid}/ns/${kind}`))),
  );
  return [...new Set(links)].filter((link) => link !== '');
}

// Counters and clocks of the kernel, which never stand still; and folders of links, which are compared as links.
const restless =
  /^kernel\/(random|ns_last_pid|pty)|^fs\/(quota\/|.*-nr$|.*-state$|inotify)|_count$|^net\/\w+\/(conf|neigh)\//;

function sysctls(folder = ''): Record<string, string> {
  const entries = readdirSync(join('/proc/sys', folder), { withFileTypes: true });
  const found = entries.flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name);
    if (restless.test(path)) return [];
    if (entry.isDirectory()) return Object.entries(sysctls(path));
    return [[path, orNothing(() => readFileSync(join('/proc/sys', path), 'utf8'))]];
  });
  return Object.fromEntries(found);
}

const ip = (...words: string[]): string[] =>
  execFileSync('ip', words, { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d+: /, ''));

export function hostState(): HostState {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').trim().split('\n');
  const cgroupMounts = mounts.filter((line) => /^\S+ \S+ cgroup2? /.test(line)).map((line) => line.split(' ')[1] ?? '');
  return {
    mounts,
    links: ip('-oneline', '-brief', 'link').map((line) => line.split(/[\s@]/)[0] ?? ''),
    routes: ip('route'),
    disks: readdirSync('/sys/block')
      .map((device) => orNothing(() => readFileSync(join('/sys/block', device, 'loop/backing_file'), 'utf8').trim()))
      .filter((file) => file !== ''),
    cgroups: cgroupMounts.flatMap((folder) => foldersIn(folder)),
    namespaces: namespaces(),
    sysctls: sysctls(),
  };
}

/** What is there now and was not before, or has another value: one line each. */
export function differences(before: HostState, now: HostState): string[] {
  const kinds = ['mounts', 'links', 'routes', 'disks', 'cgroups', 'namespaces'] as const;
  const added = kinds.flatMap((kind) =>
    now[kind].filter((one) => !before[kind].includes(one)).map((one) => `${kind}: ${one}`),
  );
  const changed = Object.entries(before.sysctls)
    .filter(([name, value]) => now.sysctls[name] !== undefined && now.sysctls[name] !== value)
    .map(([name, value]) => `sysctl ${name}: ${value.trim()} → ${(now.sysctls[name] ?? '').trim()}`);
  return [...added, ...changed];
}
