/**
 * `npm run test:stern [-- --case TEXT] [--against stern|altered]`: runs the real stern and `kmaint logs` with the same
 * words on the same logs and compares what they print, byte for byte in each stream. `--against` puts something else in
 * kmaint's place to try the comparison itself: stern once more, which has to be the same everywhere, or stern with one
 * bit turned, which may be the same nowhere. Needs Go or a built stern; without them it says so and is skipped.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLogServer, type LogServer } from '../bench/log-server.ts';
import { peerPath } from '../cluster/binaries.mts';
import { buildMissing, hasGo } from '../cluster/compile.ts';
import { newestKubernetesVersion, peerVersions, repositoryFolder } from '../cluster/versions.mts';
import { allCases, type Case } from './cases.ts';
import { corpus, oddLines, tagPattern } from './corpus.ts';
import { altered, differences, type Printed } from './differ.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: '' },
    against: { type: 'string', default: 'kmaint' },
    parallel: { type: 'string', default: '2' },
    shown: { type: 'string', default: '20' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const deadlineMs = 15_000;

/** Runs a program on the logs of the server; one that does not end in 15 s is killed, which shows in its code. */
function runOn(server: LogServer, file: string, words: readonly string[], one: Case): Promise<Printed> {
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: server.home, KUBECONFIG: server.kubeconfig, TZ: 'UTC', ...one.env };
  const child = spawn(file, words, { stdio: 'pipe', env, timeout: deadlineMs, killSignal: 'SIGKILL' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that does not read its input may be gone before all of it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(one.stdin ? oddLines(one.stdin) : undefined);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 128, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
  });
}

/** Without its throttle, which makes it slow and now and then say so. */
function runStern(server: LogServer, stern: string, one: Case): Promise<Printed> {
  return runOn(server, stern, ['--qps=-1', ...one.args], one);
}

async function runOther(server: LogServer, stern: string, one: Case, index: number): Promise<Printed> {
  switch (values.against) {
    case 'kmaint': {
      const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
      return runOn(server, node, [join(repositoryFolder, 'bin/kmaint.js'), 'logs', ...one.args], one);
    }
    case 'stern':
      return runStern(server, stern, one);
    case 'altered':
      return altered(await runStern(server, stern, one), index * 7919);
    default:
      throw new Error(`--against ${values.against}: it is one of kmaint, stern and altered`);
  }
}

/** A case as it could be typed. */
function typed(one: Case): string {
  const quoted = one.args.map((word) => (/^[\w./=,:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  const set = Object.entries(one.env ?? {}).map(([name, value]) => `${name}=${value} `);
  return `${set.join('')}${quoted.join(' ')}`;
}

async function compareAll(stern: string): Promise<boolean> {
  const cases = allCases().filter((one) => typed(one).includes(values.case));
  if (cases.length === 0) throw new Error(`no case has ${values.case} in its command line`);
  const server = await startLogServer(corpus(Date.now()));
  let next = 0;
  let different = 0;
  let shown = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < cases.length; index = next++) {
      const one = cases[index] as Case;
      const left = await runStern(server, stern, one);
      const printed = await runOther(server, stern, one, index);
      const right = one.saysMore ? { ...printed, stderr: left.stderr } : printed;
      const found = differences(left, right, one.several ? tagPattern : undefined);
      if (found.length === 0) continue;
      different += 1;
      if (values.against === 'altered' || shown >= Number(values.shown)) continue;
      shown += 1;
      say(`differs: ${typed(one)}\n${found.map((text) => `    ${text}`).join('\n')}`);
    }
  }
  try {
    await Promise.all(Array.from({ length: Number(values.parallel) }, work));
  } finally {
    await server.stop();
  }
  say(`${String(cases.length)} cases: ${String(cases.length - different)} the same, ${String(different)} different`);
  return values.against === 'altered' ? different === cases.length : different === 0;
}

async function main(): Promise<void> {
  const stern = peerPath('stern');
  if (!existsSync(stern)) {
    if (!hasGo()) {
      say(`skipped: stern ${peerVersions.stern} is not built, and Go is not installed (no "go" on the PATH)`);
      return;
    }
    await buildMissing(newestKubernetesVersion, say);
  }
  const withWhat = values.against === 'kmaint' ? 'kmaint logs' : values.against;
  say(`stern ${peerVersions.stern} (left) and ${withWhat} (right)`);
  if (!(await compareAll(stern))) process.exitCode = 1;
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
