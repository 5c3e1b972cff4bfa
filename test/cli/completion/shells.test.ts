/** The scripts in the shells that they are for, each with the built program behind it. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../.ci/bundle.ts';
import { completionScript, shells, type Shell } from '../../../src/cli/completion/scripts.ts';

const root = resolve(import.meta.dirname, '../../..');
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kmaint-completion-'));
  mkdirSync(join(folder, 'program', 'bin'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'files', 'folder'), { recursive: true });
  writeFileSync(join(folder, 'files', 'plan.json'), '{}');
  execFileSync('cp', [join(root, 'bin/kmaint.js'), join(folder, 'program/bin/kmaint.js')]);
  await bundle(root, join(folder, 'program/dist'));
  for (const name of ['kmaint', 'kubectl-kmaint', 'stern', 'kubectl_complete-kmaint']) {
    symlinkSync(join(folder, 'program/bin/kmaint.js'), join(folder, 'bin', name));
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, words: readonly string[]): Promise<string> {
  const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder, TERM: 'dumb' };
  const options = { env, cwd: join(folder, 'files'), timeout: 60_000, killSignal: 'SIGKILL' } as const;
  return new Promise((done, reject) => {
    execFile(file, words, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${file} ${words.join(' ')}: ${error.message}\n${stderr}`));
      else done(stdout);
    });
  });
}

const has = (shell: Shell): boolean => {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** What the shell would put in the place of the word at the end of the line, one offer a line. */
const asked: Readonly<Record<Shell, (line: string) => Promise<string>>> = {
  bash: (line) =>
    run('bash', [
      '-c',
      `source <(kmaint completion bash); COMP_LINE=$1; COMP_POINT=\${#1}; COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
      _kmaint "\${1%% *}" "\${1##*[ =:]}"; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      line,
    ]),
  fish: (line) => run('fish', ['-c', 'kmaint completion fish | source; complete -C $argv[1]', line]),
  // zsh completes on a terminal only: it is given one, and what it makes of the line is run.
  zsh: (line) =>
    run('zsh', [
      '-f',
      '-c',
      `zmodload zsh/zpty; zpty shell zsh -f -i
      zpty -w shell "PS1=; unset zle_bracketed_paste; autoload -U compinit; compinit -D; source <(kmaint completion zsh)"
      zpty -w shell "offers() { print -rl -- "'"<\${(j:|:)@}>"'" }; zle -C ask complete-word asking; bindkey '^T' ask"
      zpty -w shell 'compadd() { [[ \${@[(i)-[OA]]} -le $# ]] && { builtin compadd "$@"; return }; builtin compadd -O hits "$@"; print -rl -- "\${(@)hits/#/offer:\${IPREFIX}}" >>$HOME/offers; builtin compadd "$@" }'
      zpty -w shell 'asking() { _main_complete; print done >>$HOME/offers }; print rea""dy'
      zpty -r shell out '*ready*'
      rm -f $HOME/offers; zpty -w -n shell "$1"$'\\C-t'
      until grep -qs done $HOME/offers; do sleep 0.05; done
      zpty -d shell; sed -n 's/^offer://p' $HOME/offers | sort -u`,
      'zsh',
      line,
    ]),
};

/** Without what is said beside them. */
async function offers(shell: Shell, line: string): Promise<readonly string[]> {
  const lines = (await asked[shell](line)).split('\n').filter((one) => one !== '');
  return lines.map((one) => one.split('\t')[0] ?? '').toSorted();
}

describe.each(shells)('in %s', (shell) => {
  // Their absence shows in the result of the run; .ci/run installs them.
  const inShell = it.skipIf(!has(shell));
  // bash leaves alone what stands before the equals sign.
  const start = shell === 'bash' ? '' : '--escalate=';

  inShell.each<[string, readonly string[]]>([
    ['kmaint dr', ['drain']],
    ['kmaint drain --escal', ['--escalate']],
    ['kmaint drain --escalate ', ['delete', 'force', 'none']],
    ['kmaint drain --escalate=f', [`${start}force`]],
    ['kmaint -o ', ['json', 'ndjson', 'text']],
    ['kubectl-kmaint unc', ['uncordon']],
    ['kmaint playground thr', ['three-zones']],
  ])('%s', async (line, expected) => {
    expect(await offers(shell, line)).toEqual(expected);
  });

  inShell('names of contexts with marks in them are whole', async () => {
    const entry = (name: string): string => `{"name":"${name}","context":{"cluster":"c","user":"u"}}`;
    const names = ['arn:aws:eks:eu-west-1:1:cluster/prod', 'kubernetes-admin@prod'];
    writeFileSync(join(folder, 'files', 'marks'), `{"contexts":[${names.map(entry).join(',')}]}`);
    const line = 'kmaint --kubeconfig marks --context ';
    // As seen of a real one, bash puts it behind the last colon, or in the place of what an @ begins.
    const [first, second] = shell === 'bash' ? ['eks:eu-west-1:1:cluster/prod', '@prod'] : names;
    expect(await offers(shell, `${line}arn:aws:e`)).toEqual([first]);
    expect(await offers(shell, `${line}kubernetes-admin@p`)).toEqual([second]);
  });

  inShell('files and folders are those of the shell', async () => {
    const trimmed = async (line: string): Promise<readonly string[]> =>
      (await offers(shell, line)).map((one) => one.replace(/\/$/, ''));
    expect(await trimmed('kmaint apply pl')).toEqual(['plan.json']);
    expect(await trimmed('kmaint playground pl')).toEqual(['plan.json']);
    expect(await trimmed('kmaint logs --output-dir fo')).toEqual(['folder']);
  });
});

describe('the script', () => {
  it.each(shells)('for %s is what completion and, for users of stern, logs --completion print', async (shell) => {
    const script = completionScript(shell, ['kmaint', 'kubectl-kmaint']);
    expect(await run('kmaint', ['completion', shell])).toBe(script);
    expect(await run('kmaint', ['logs', '--completion', shell])).toBe(script);
    const ofLink = completionScript(shell, ['kmaint', 'kubectl-kmaint', 'stern']);
    expect(await run('stern', [`--completion=${shell}`])).toBe(ofLink);
  });

  it('is refused for a shell that there is none for', async () => {
    await expect(run('kmaint', ['completion', 'tcsh'])).rejects.toThrow(
      'completion takes the name of one shell, bash, zsh, fish, but got tcsh',
    );
  });
});

describe('the answer', () => {
  it('to a link called stern is about its flags', async () => {
    expect(await run('stern', ['__complete', 'web', '--no-f'])).toMatch(/^--no-follow\t[^\n]+\n:4\n$/);
  });

  it('to kubectl is that of kmaint', async () => {
    expect(await run('kubectl_complete-kmaint', ['drain', '--escalate', 'f'])).toBe('force\n:4\n');
  });

  it('is empty where no cluster answers, and nothing is on stderr', async () => {
    const out = await run('sh', ['-c', 'kmaint __complete --server https://127.0.0.1:1 drain "" 2>&1']);
    expect(out).toBe(':4\n');
  });

  it('has the names of the kubeconfig', async () => {
    const file = join(folder, 'kubeconfig');
    const entry = (name: string): string => `{"name":"${name}","context":{"cluster":"c","user":"u"}}`;
    writeFileSync(file, `{"contexts":[${entry('prod')},${entry('test')}]}`);
    expect(await run('kmaint', ['__complete', '--kubeconfig', file, 'logs', '--context', 'prod,t'])).toBe(
      'prod,test\n:4\n',
    );
  });

  it('has the runs of this machine: to go on with those that are unfinished, to show or take back all', async () => {
    const words = [
      'export XDG_STATE_HOME=$HOME/state',
      'kmaint drain worker-a1 --dry-run=none --force --delete-emptydir-data --timeout 1s >/dev/null 2>&1',
      'kmaint drain worker-b1 worker-b2 --pod-selector app=nobody >/dev/null 2>&1',
      'kmaint __complete resume ""; kmaint __complete rollback ""; kmaint __complete runs show ""',
    ];
    const out = await run('kmaint', ['playground', 'three-zones', '--', 'sh', '-c', words.join('; ')]);
    const id = String.raw`\d{8}-\d{6}-[a-z0-9]+`;
    const first = String.raw`${id}\tkmaint drain [^\n]+ worker-a1 \(finished\)\n`;
    const second = String.raw`${id}\tkmaint drain [^\n]+ worker-b1 worker-b2 \(finished\)\n`;
    expect(out).toMatch(new RegExp(`^${first}:4\n${second}${first}:4\n${second}${first}:4\n$`));
  });

  it('leaves out names that would write to the terminal', async () => {
    const file = join(folder, 'odd');
    const entry = { context: { cluster: 'c', user: 'u' } };
    const names = ['good', 'a\nb', 'a\tb', 'a\u001b[2J'];
    writeFileSync(file, JSON.stringify({ contexts: names.map((name) => ({ name, ...entry })) }));
    expect(await run('kmaint', ['__complete', '--kubeconfig', file, '--context', ''])).toBe('good\n:4\n');
  });

  it('has the names of objects, in the namespace that is named', async () => {
    const ask = (words: string): string => `kmaint __complete ${words} | tr '\\n' ' '; echo`;
    const script = [
      `drain worker-a1 worker-a`,
      `logs -n shop deploy/`,
      `logs --ns shop,data deploy/w`,
      `logs --context playground,other -n shop deploy/w`,
      `logs -A post`,
      `logs --ns kube-p`,
      `why -n data pdb/`,
      `node-logs control-`,
    ].map(ask);
    const words = ['playground', 'three-zones', '--', 'sh', '-c', script.join('; ')];
    expect((await run('kmaint', words)).split('\n')).toEqual([
      'worker-a2 worker-a3 :4 ',
      expect.stringMatching(/^(deploy\/[a-z-]+ )+:4 $/),
      'deploy/web :4 ',
      'deploy/web :4 ',
      'postgres-0 postgres-1 postgres-2 :4 ',
      'kube-public :4 ',
      expect.stringMatching(/^(pdb\/[a-z-]+ )+:4 $/),
      'control-a control-b control-c :4 ',
      '',
    ]);
  });
});
