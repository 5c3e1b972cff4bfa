// The container images of the nodes tier, made of the programs that are built here.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { binaryPath, imageProgram } from '../binaries.mts';
import { imagesFolder } from '../versions.mts';
import type { KubernetesVersion } from '../versions.mts';
import { writeImage } from './image-archive.ts';
import type { ImageContent } from './image-archive.ts';
import { staticBusybox } from './busybox.ts';
import type { NodePlan } from './shape.ts';
import { proxyFiles } from './proxy-files.ts';
import { runTool } from './tool.ts';

/** Where the images claim to come from; nobody ever asks there. */
export const imageRepository = 'kmaint.test';
/** The image for the pods of tests: see `modules/image-programs/app` for its arguments. */
export const appImage = `${imageRepository}/app:1`;

/** The same program among the stat and tail of busybox, and in `/alone` a busybox and nothing else; see {@link hasBusyboxImage}. */
export const busyboxImage = `${imageRepository}/busybox:1`;
/** Whether the machine has what that image is made of. */
export const hasBusyboxImage = (): boolean => staticBusybox() !== undefined;

/** An image file and what makes it. */
interface Image {
  readonly file: string;
  readonly content: () => Promise<ImageContent>;
  readonly onlyControlPlanes: boolean;
}

/** Every image by its short name, e.g. `etcd` → `kmaint.test/etcd:3.6.8-0`, as this kubeadm wants them. */
async function wantedReferences(version: KubernetesVersion): Promise<Map<string, string>> {
  const output = await runTool([
    binaryPath(version, 'kubeadm'),
    'config',
    'images',
    'list',
    `--image-repository=${imageRepository}`,
    `--kubernetes-version=v${version}`,
  ]);
  const references = output.split('\n').filter((line) => line.startsWith(`${imageRepository}/`));
  return new Map(references.map((reference) => [basename(reference).split(':')[0] ?? '', reference]));
}

type Command = Parameters<typeof binaryPath>[1];

/** What an image has beside the program that it is called after. */
async function companions(version: KubernetesVersion, command: Command): Promise<Record<string, string>> {
  if (command === 'kube-proxy') return await proxyFiles();
  // As in the image that kubeadm uses elsewhere: members are looked up and removed with it.
  if (command === 'etcd') return { '/usr/local/bin/etcdctl': binaryPath(version, 'etcdctl') };
  return {};
}

function commandImage(version: KubernetesVersion, command: Command, reference: string): Image {
  return {
    file: join(imagesFolder(version), `${command}.tar`),
    content: async () => ({
      reference,
      files: { ...(await companions(version, command)), [`/usr/local/bin/${command}`]: binaryPath(version, command) },
    }),
    onlyControlPlanes: command !== 'kube-proxy',
  };
}

function programImage(version: KubernetesVersion, command: 'app' | 'pause', reference: string): Image {
  const { path } = imageProgram(command);
  // Named by the digest of its sources, as the program itself is.
  const name = `${command}-${basename(dirname(path)).split('-').at(-1) ?? ''}.tar`;
  return {
    file: join(imagesFolder(version), name),
    content: async () => ({ reference, files: { [`/${command}`]: path }, entrypoint: [`/${command}`] }),
    onlyControlPlanes: false,
  };
}

function busyboxImages(version: KubernetesVersion): Image[] {
  const busybox = staticBusybox();
  if (busybox === undefined) return [];
  const { path } = imageProgram('app');
  const files = Object.fromEntries(
    ['/bin/busybox', '/bin/stat', '/bin/tail', '/alone/busybox'].map((name) => [name, busybox.path]),
  );
  const name = `busybox-${busybox.digest}-${basename(dirname(path)).split('-').at(-1) ?? ''}.tar`;
  return [
    {
      file: join(imagesFolder(version), name),
      content: async () => ({ reference: busyboxImage, files: { ...files, '/app': path }, entrypoint: ['/app'] }),
      onlyControlPlanes: false,
    },
  ];
}

/** The pause image's name is in containerd's configuration, too. */
export interface BuiltImages {
  readonly pauseReference: string;
  /** Names of the files in `imagesFolder` that this node needs. */
  filesFor(role: NodePlan['role']): string[];
}

const staticPods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;

/**
 * Makes the images that are missing. The programs must be built.
 * @throws {Error} when kubeadm wants an image that is not known here
 */
export async function buildImages(version: KubernetesVersion, say: (line: string) => void): Promise<BuiltImages> {
  const references = await wantedReferences(version);
  const reference = (name: string): string => {
    const found = references.get(name);
    if (found === undefined) throw new Error(`kubeadm ${version} lists no image called ${name}`);
    return found;
  };
  const pauseReference = reference('pause');
  const images = [
    programImage(version, 'pause', pauseReference),
    programImage(version, 'app', appImage),
    ...busyboxImages(version),
    ...[...staticPods, 'kube-proxy' as const].map((command) => commandImage(version, command, reference(command))),
  ];
  for (const { file, content } of images) {
    if (existsSync(file)) continue;
    const made = await content();
    await writeImage(file, made);
    say(`made the image ${made.reference}`);
  }
  return {
    pauseReference,
    filesFor: (role) =>
      images
        .filter(({ onlyControlPlanes }) => role === 'control plane' || !onlyControlPlanes)
        .map(({ file }) => basename(file)),
  };
}
