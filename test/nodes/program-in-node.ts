/** Puts the built kmaint into a node, where a checkout may not be seen: the node has a /tmp and a /run of its own. */
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LivingNode } from '../cluster/nodes-tier/enter.ts';
import { pathOnHost } from '../cluster/nodes-tier/enter.ts';

const checkout = join(import.meta.dirname, '../..');
const inNode = '/opt/kmaint';

/** The first words of a command line that runs this build inside the node; `enter` takes them. */
export function putProgramInto(node: LivingNode): readonly string[] {
  for (const file of ['bin/kmaint.js', 'dist/kmaint.cjs']) {
    const copy = pathOnHost(node, join(inNode, file));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(checkout, file), copy);
  }
  return [process.execPath, join(inNode, 'bin/kmaint.js')];
}
