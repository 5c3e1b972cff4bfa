/** What the names under /var/log say: pods, runs of containers, rotated files. */

export interface PodFolderName {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
}

/** `<namespace>_<pod>_<uid>`; none of the three may contain an underscore. Undefined for other names. */
export function parsePodFolder(name: string): PodFolderName | undefined {
  const [namespace, pod, podUid, ...rest] = name.split('_');
  return namespace && pod && podUid && rest.length === 0 ? { namespace, pod, podUid } : undefined;
}

export interface ContainerLinkName {
  readonly pod: string;
  readonly namespace: string;
  readonly container: string;
  readonly containerId: string;
}

/** `<pod>_<namespace>_<container>-<id>.log`, as the kubelet names the links in /var/log/containers. */
export function parseContainerLink(name: string): ContainerLinkName | undefined {
  const match = /^([^_]+)_([^_]+)_([^_]+)-([0-9a-f]{12,64})\.log$/.exec(name);
  if (!match) return undefined;
  const [, pod = '', namespace = '', container = '', containerId = ''] = match;
  return { pod, namespace, container, containerId };
}

/** The number of the run that `3.log` belongs to; undefined for other names. */
export function runOf(name: string): number | undefined {
  const digits = /^(\d{1,9})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Ascending. */
export function runsAmong(names: readonly string[]): readonly number[] {
  return names
    .map(runOf)
    .filter((run) => run !== undefined)
    .sort((a, b) => a - b);
}

export interface RotatedName {
  readonly name: string;
  /** The name without `.gz`: the same file before and after it is packed. */
  readonly stem: string;
  readonly packed: boolean;
  /** Named after the time of its rotation, as the kubelet does it; else by a number that grows with every rotation. */
  readonly dated: boolean;
}

/**
 * The rotated files of `base` among the names of its folder, the oldest first: `0.log.20261121-021618` of the kubelet,
 * `-json.log.1` of docker and logrotate, each perhaps with `.gz`. A file that is being packed is there twice, once.
 */
export function rotatedAmong(names: readonly string[], base: string): readonly RotatedName[] {
  const found = new Map<string, { readonly file: RotatedName; readonly order: number }>();
  for (const name of names) {
    const match = name.startsWith(base)
      ? /^\.(?:(\d{8})-(\d{6})|(\d{1,9}))(\.gz)?$/.exec(name.slice(base.length))
      : null;
    if (!match) continue;
    const [, day, time, number, gz] = match;
    const stem = gz === undefined ? name : name.slice(0, -gz.length);
    if (gz !== undefined && found.has(stem)) continue;
    const order = number === undefined ? Number(`${day}${time}`) : -Number(number);
    found.set(stem, { file: { name, stem, packed: gz !== undefined, dated: number === undefined }, order });
  }
  return [...found.values()].sort((a, b) => a.order - b.order).map(({ file }) => file);
}
