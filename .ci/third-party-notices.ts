/** Collects the licence texts of the packages in the bundle, as their licences ask for. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { packageOf } from './bundle-contents.ts';

/** One text, sorted by package; fails for a package without a licence. */
export async function thirdPartyNotices(root: string, metafile: Metafile): Promise<string> {
  const folders = new Set<string>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = packageOf(file);
      if (name !== undefined && bytesInOutput > 0) folders.add(folderOf(file, name));
    }
  }
  const notices = await Promise.all([...folders].sort().map((folder) => noticeOf(join(root, folder))));
  return `kmaint contains the following packages.\n\n${notices.join('\n')}`;
}

function folderOf(file: string, name: string): string {
  return file.slice(0, file.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length);
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  if (license === undefined) throw new Error(`${name} declares no licence`);
  const names = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file)).sort();
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), 'utf8')));
  const text = texts.length > 0 ? texts.map((one) => one.trim()).join('\n\n') : await readmeLicence(folder, license);
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`;
}

/** A few packages say it in their readme only. */
async function readmeLicence(folder: string, license: string): Promise<string> {
  const readme = await readFile(join(folder, 'README.md'), 'utf8').catch(() => '');
  return /^#+ licen[cs]e\s+([\s\S]+?)(?=^#|$(?![\s\S]))/im.exec(readme)?.[1]?.trim() ?? `Licensed under ${license}.`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}
