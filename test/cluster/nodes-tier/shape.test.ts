/** Names and addresses of real nodes, and what the kernel says of cgroups and the loader of libraries. */
import { describe, expect, it } from 'vitest';
import { parseHierarchies, v1Mounts } from './cgroups.ts';
import { parseLdd } from './proxy-files.ts';
import { planNodes } from './shape.ts';

describe('planNodes', () => {
  it('gives every node an address and a pod range of its own, control planes first', () => {
    expect(planNodes({ controlPlanes: 2, workers: 1 })).toEqual([
      { name: 'master1', role: 'control plane', address: '10.231.0.10', podRange: '10.232.0.0/24' },
      { name: 'master2', role: 'control plane', address: '10.231.0.11', podRange: '10.232.1.0/24' },
      { name: 'node1', role: 'worker', address: '10.231.0.12', podRange: '10.232.2.0/24' },
    ]);
  });

  it.each([
    { controlPlanes: 0, workers: 1 },
    { controlPlanes: 6, workers: 0 },
    { controlPlanes: 1, workers: 21 },
  ])('refuses $controlPlanes control planes with $workers workers', (shape) => {
    expect(() => planNodes(shape)).toThrow(/give a number from/);
  });
});

describe('parseHierarchies', () => {
  const mountinfo = [
    '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
    '31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup systemd rw,xattr,release_agent=/lib/agent,name=systemd',
    '34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate',
    '35 30 0:28 / /elsewhere/memory rw - cgroup cgroup rw,memory',
    '',
  ].join('\n');

  it('finds each tree once, with what mounts it again', () => {
    expect(parseHierarchies(mountinfo)).toEqual([
      { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', kind: 'v1', mountOptions: 'cpu,cpuacct' },
      { mountPoint: '/sys/fs/cgroup/memory', kind: 'v1', mountOptions: 'memory' },
      { mountPoint: '/sys/fs/cgroup/systemd', kind: 'v1', mountOptions: 'none,name=systemd' },
      { mountPoint: '/sys/fs/cgroup/unified', kind: 'v2', mountOptions: '' },
    ]);
  });

  it('mounts only those of v1 in a node', () => {
    expect(v1Mounts(parseHierarchies(mountinfo))).toEqual([
      'cpu,cpuacct:cpu,cpuacct',
      'memory:memory',
      'systemd:none,name=systemd',
    ]);
  });
});

describe('parseLdd', () => {
  it('takes libraries and the loader, not what the kernel maps', () => {
    const output = [
      '\tlinux-vdso.so.1 (0x00007ffd5c5f2000)',
      '\tlibmnl.so.0 => /lib/x86_64-linux-gnu/libmnl.so.0 (0x00007f1c8a000000)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f1c8a3f0000)',
      '',
    ].join('\n');
    expect(parseLdd(output)).toEqual(['/lib/x86_64-linux-gnu/libmnl.so.0', '/lib64/ld-linux-x86-64.so.2']);
  });

  it('has nothing to take from a static program', () => {
    expect(parseLdd('\tstatically linked\n')).toEqual([]);
  });
});
