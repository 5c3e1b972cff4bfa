// The first process of a node, in shell: one script builds the node's root out of the host's, the next runs in it.

// Written by no namespace: what a kubelet writes here would change the host, so that the node gets files of its own there.
const hostWideSysctls = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/** Where {@link serviceScript} is in the node: in a file, so that a list of processes does not show all of it. */
export const serviceScriptPath = '/usr/local/sbin/node-init';

/**
 * Runs as process 1 of new mount, network, UTS, IPC, cgroup and PID namespaces. Its environment:
 * `NAME`, `DISK` (image of the node's own disk), `POINT` (empty folder to mount it on), `FILES` (copied over the root),
 * `PROGRAMS` and `IMAGES` (folders to be seen as /opt/kubernetes and /opt/images), `CGROUPS` (see `v1Mounts`).
 */
export const rootScript = `
set -eu
root=$POINT/root
# Nothing on the disk outlives the node: it need not be forced out to the host's.
mount -o loop,barrier=0 "$DISK" "$POINT"
cd "$POINT"
mkdir upper work root kubelet containerd etcd sysctl
# The node sees the whole host, and every write stays on its disk.
mount -t overlay node-root -o "lowerdir=/,upperdir=$POINT/upper,workdir=$POINT/work" "$root"
# containerd cannot keep its own overlays on an overlay.
for one in kubelet containerd etcd; do
  mkdir -p "$root/var/lib/$one"
  mount --bind "$POINT/$one" "$root/var/lib/$one"
done
for one in etc/kubernetes etc/cni etc/containerd var/lib/cni var/log/pods var/log/containers; do
  rm -rf "$root/$one"
  mkdir -p "$root/$one"
done
mkdir "$root/etc/kubernetes/manifests"
mount -t proc proc "$root/proc"
for one in ${hostWideSysctls.join(' ')}; do
  own=$POINT/sysctl/$(echo "$one" | tr / .)
  cat "/proc/sys/$one" >"$own"
  mount --bind "$own" "$root/proc/sys/$one"
done
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup"
for one in $CGROUPS; do
  mkdir "$root/sys/fs/cgroup/\${one%%:*}"
  mount -t cgroup -o "\${one#*:}" cgroup "$root/sys/fs/cgroup/\${one%%:*}"
done
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mkdir -p "$root/opt/kubernetes" "$root/opt/images"
for one in "$PROGRAMS:kubernetes" "$IMAGES:images"; do
  mount --bind "\${one%:*}" "$root/opt/\${one##*:}"
  mount -o remount,bind,ro "$root/opt/\${one##*:}"
done
cp -R --remove-destination "$FILES/." "$root/"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
hostname "$NAME"
mkdir -p "$root/.before"
cd "$root"
pivot_root . .before
cd /
umount -l /.before
rmdir /.before
mount --make-rshared /

exec env -i PATH="$PATH" HOME=/root sh ${serviceScriptPath}
`;

/** Goes on as process 1 in the finished root: the container runtime, and the kubelet as soon as there is one to start. */
export const serviceScript = `
set -u
containerd >/var/log/containerd.log 2>&1 &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done
mkdir /run/node-is-up

# As systemd would: kubeadm writes these two files, then waits for the kubelet.
config=/var/lib/kubelet/config.yaml
kubelet=
while :; do
  if [ -f $config ] && [ -f /var/lib/kubelet/kubeadm-flags.env ] &&
    { [ ! -e /run/kubelet.started ] || [ $config -nt /run/kubelet.started ]; } &&
    { [ -z "$kubelet" ] || ! kill -0 "$kubelet" 2>/dev/null; }; then
    touch /run/kubelet.started
    . /var/lib/kubelet/kubeadm-flags.env
    kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf \\
      --config=$config $KUBELET_KUBEADM_ARGS >>/var/log/kubelet.log 2>&1 &
    kubelet=$!
  fi
  sleep 0.2
done
`;
