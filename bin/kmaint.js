#!/usr/bin/env node
// The door: hands the process to dist/kmaint.cjs, and keeps V8's compiled code of it between runs.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const bundlePath = path.join(__dirname, '..', 'dist', 'kmaint.cjs');
const argv = process.argv.slice(2);
const platform = { os: process.platform, arch: process.arch, node: process.version };

/** kubectl finds its plugins by their names; their usage has to read as the user typed it. */
function programName() {
  return /^kubectl-kmaint(\.|$)/.test(path.basename(process.argv[1] ?? '')) ? 'kubectl kmaint' : 'kmaint';
}

/** A link to kmaint may be called `stern`, `kail` or `kubetail`; it then runs logs in that manner. */
function calledAs() {
  return path.basename(process.argv[1] ?? '').replace(/\.(?:[cm]?js|exe|cmd)$/, '');
}

/** Each of them needs other parts of the bundle: the code that one has kept is not what another needs. */
const verbsOfTheirOwn = new Set(['drain', 'logs', 'plan', 'playground']);

/** What is compiled differs by what is done: help needs little, the playground much. */
function kindOfRun() {
  const alone = argv.length === 0 && /^(?:kubectl-)?kmaint$/.test(calledAs());
  if (alone || argv.some((word) => /^(-h|--help|--version|help)$/.test(word))) return 'help';
  if ((argv[0] ?? '').startsWith('__complete') || calledAs() === 'kubectl_complete-kmaint') return 'complete';
  return verbsOfTheirOwn.has(argv[0]) ? argv[0] : 'work';
}

/** Runs the bundle with the code that V8 kept from an earlier run of the same kind. */
function loadBundle() {
  // latin1 spares V8 the decoding; the build sees to it that the bundle is plain ASCII.
  const source = fs.readFileSync(bundlePath, 'latin1');
  const keep = keptCodeFile(source);
  const cachedData = keep && readKept(keep);
  const script = new vm.Script(`(function(exports,require,module){${source}\n})`, {
    filename: bundlePath,
    ...(cachedData ? { cachedData } : {}),
  });
  if (keep && (!cachedData || script.cachedDataRejected)) {
    // At the end, because only what ran by then is compiled, and only after a run that went well: a failed one saw little.
    // A playground is meant to be ended by Ctrl-C.
    const wentWell = (code) => code === 0 || (code > 128 && kindOfRun() === 'playground');
    process.once('exit', (code) => wentWell(code) && writeKept(keep, () => script.createCachedData()));
  }
  const bundle = { exports: {} };
  script.runInThisContext().call(bundle.exports, bundle.exports, require, bundle);
  return bundle.exports;
}

/** Named by the bundle's content (its first line holds the hash), for V8 itself checks no more than the length. */
function keptCodeFile(source) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const build = /^\/\/ build ([0-9a-f]{16,})/.exec(source)?.[1];
  if (!build) return undefined;
  return path.join(cacheFolder(), `${build}-${process.version}-${process.arch}-${kindOfRun()}.bin`);
}

function cacheFolder() {
  const home = os.homedir();
  if (process.platform === 'win32') {
    return path.join(process.env.LOCALAPPDATA || path.join(home, 'AppData', 'Local'), 'kmaint', 'code');
  }
  const usual = process.platform === 'darwin' ? path.join(home, 'Library', 'Caches') : path.join(home, '.cache');
  return path.join(process.env.XDG_CACHE_HOME || usual, 'kmaint', 'code');
}

/** Code that somebody else may have written is not run: folder and file have to be ours alone. */
function isOurs(stat) {
  return process.platform === 'win32' || (stat.uid === process.geteuid() && (stat.mode & 0o022) === 0);
}

function readKept(file) {
  try {
    if (!isOurs(fs.lstatSync(path.dirname(file)))) return undefined;
    const handle = fs.openSync(file, 'r');
    try {
      return isOurs(fs.fstatSync(handle)) ? fs.readFileSync(handle) : undefined;
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

/** Whole or not at all; where it cannot be kept, the next run is a few milliseconds slower, and that is all. */
function writeKept(file, make) {
  try {
    const folder = path.dirname(file);
    const missing = [];
    let above = folder;
    for (; !fs.existsSync(above); above = path.dirname(above)) missing.unshift(above);
    // Under sudo with the user's HOME this would leave root's files in the user's cache.
    if (!isOurs(fs.statSync(above))) return;
    // One by one: Node's recursive mkdir never comes back from where the system makes no folders, such as /proc.
    for (const one of missing) fs.mkdirSync(one, { mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    fs.writeFileSync(draft, make(), { mode: 0o600, flag: 'wx' });
    fs.renameSync(draft, file);
    for (const name of fs.readdirSync(folder)) removeOld(path.join(folder, name));
  } catch {
    // See above.
  }
}

function removeOld(file) {
  const monthMs = 30 * 24 * 3_600_000;
  if (Date.now() - fs.statSync(file).mtimeMs > monthMs) fs.unlinkSync(file);
}

/** Ends now; a live view may have hidden the cursor. */
function leave(exitCode) {
  if (process.stderr.isTTY) {
    try {
      fs.writeSync(2, '\u001B[?25h');
    } catch {
      // The terminal is gone.
    }
  }
  process.exit(exitCode);
}

/** Whether there is a process of that number; one that we may not signal is alive, too. */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

let lost;

/** How long an interrupted run waits for whoever reads what it wrote. */
const partingMs = 2000;

/** A reader that has seen enough (EPIPE) ends nothing: a drain under way goes on to its end. */
function watchOutput(stream) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') lost ??= error;
  });
}

/** Resolves when what was written is on its way, or can no longer be. */
function flushed(stream) {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded || stream.errored) resolve();
    else {
      stream.once('error', resolve);
      stream.write('', () => resolve());
    }
  });
}

async function run() {
  if (!fs.existsSync(bundlePath)) {
    process.stderr.write(`error: kmaint is not built: ${bundlePath} is missing\nhint: npm run build\n`);
    process.exitCode = 70;
    return;
  }
  watchOutput(process.stdout);
  watchOutput(process.stderr);
  const kmaint = loadBundle();
  const crash = (error) => {
    try {
      fs.writeSync(2, kmaint.crashReport(error, { argv, env: process.env, platform }));
    } catch {
      // Nobody reads it.
    }
    leave(70);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const exitCode = await kmaint.main({
    argv,
    programName: programName(),
    calledAs: calledAs(),
    env: process.env,
    // Opened on first use: a terminal that is read from costs milliseconds and changes its mode.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    homeDirectory: os.homedir(),
    workingDirectory: process.cwd(),
    platform,
    signals: process,
    self: { pid: process.pid, isAlive },
    leave,
  });
  const gone = Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Whoever interrupted us wants us gone: a reader that does not read is not waited for without end.
  const isInterrupted = exitCode > 128;
  await (isInterrupted ? Promise.race([gone, new Promise((late) => setTimeout(late, partingMs))]) : gone);
  if (exitCode === 0 && lost) {
    process.stderr.write(`error: what was asked for could not be written: ${lost.message}\n`);
    process.exit(1);
  }
  // A connection that is still closing must not keep the user waiting.
  process.exit(exitCode);
}

void run();
