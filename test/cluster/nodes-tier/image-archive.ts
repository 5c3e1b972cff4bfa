// Writes a container image of one layer in the form of `docker save`, which `ctr images import` takes.

import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runTool } from './tool.ts';

/** What is in an image. */
export interface ImageContent {
  /** Its whole name, e.g. `kmaint.test/pause:3.10.2`. */
  readonly reference: string;
  /** Path in the image → path of the file on this machine. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

// Any time will do, as long as it is always the same: then so are the digests.
const reproducible = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function configOf(layerDigest: string, { entrypoint = [] }: ImageContent): object {
  const Env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  return {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    config: { Env, ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }) },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
  };
}

/** Writes the image to `file`, which appears only when it is whole. */
export async function writeImage(file: string, content: ImageContent): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const work = mkdtempSync(`${file}.building-`);
  try {
    const root = join(work, 'root');
    mkdirSync(join(root, 'tmp'), { recursive: true });
    for (const [path, source] of Object.entries(content.files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(source, join(root, path));
    }
    const layer = join(work, 'layer.tar');
    // --dereference: the root is made of links to the files, so that nothing is copied twice.
    await runTool(['tar', ...reproducible, '--dereference', '-C', root, '-cf', layer, '.']);
    writeFileSync(join(work, 'config.json'), JSON.stringify(configOf(await digestOf(layer), content)));
    const manifest = [{ Config: 'config.json', RepoTags: [content.reference], Layers: ['layer.tar'] }];
    writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
    const whole = join(work, 'image.tar');
    await runTool(['tar', ...reproducible, '-C', work, '-cf', whole, 'manifest.json', 'config.json', 'layer.tar']);
    renameSync(whole, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
