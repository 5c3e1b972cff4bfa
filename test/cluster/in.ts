// `npm run cluster:in NODE -- COMMAND…`: runs a command inside a real node of the test cluster.

import { spawn } from 'node:child_process';
import { enterArgv } from './nodes-tier/enter.ts';
import { livingNode } from './nodes-tier/nodes-state.ts';
import { wantedKubernetesVersion } from './versions.mts';

function main(): void {
  const [name = '', ...words] = process.argv.slice(2);
  const command = words[0] === '--' ? words.slice(1) : words;
  if (name === '' || command.length === 0) {
    throw new Error('give a node and a command, e.g. npm run cluster:in node1 -- cat /var/log/kubelet.log');
  }
  const [program = '', ...args] = enterArgv(livingNode(wantedKubernetesVersion(), name), command);
  const child = spawn(program, args, { stdio: 'inherit', cwd: '/' });
  child.on('error', (error) => {
    throw error;
  });
  child.on('close', (code) => {
    process.exitCode = code ?? 128;
  });
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
