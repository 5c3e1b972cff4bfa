/** A link to kmaint that is called like another program behaves like it, from the help on. */
import { describe, expect, it } from 'vitest';
import { runMain as run } from '../support/run-main.ts';

describe('the help', () => {
  it.each<[string, readonly string[], readonly RegExp[]]>([
    [
      'kmaint',
      ['logs', '--help'],
      [/-p, --prompt/, /-l, --selector/, /^ {6}--pod name/m, /last so long \(default 48h\)/],
    ],
    [
      'kail',
      ['--help'],
      [/-p, --pod/, /-l, --label/, /^ {6}--prompt/m, /last so long \(default 1s\)/, /\(default kail\)/],
    ],
    ['kubetail', ['-h'], [/-e, --match/, /-t, --context/, /^ {6}--exclude/m, /^ {6}--timestamps/m, /\(default 10s\)/]],
    ['kmaint', ['logs', '--compat=kubectl', '-h'], [/-p, --previous/, /Go on .* \(default false\)/]],
    ['stern', ['--show-hidden-options'], [/-p, --prompt/, /--kubeconfig/]],
  ])('of %s %j has its letters and defaults', async (calledAs, argv, patterns) => {
    const { exitCode, stdout } = await run(argv, { calledAs });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: kmaint logs');
    // Descriptions may be broken into several lines.
    const whole = stdout.replaceAll(/\n {10,}/g, ' ');
    for (const pattern of patterns) expect(whole).toMatch(pattern);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe('the command line', () => {
  it('-v of stern and kubetail is the version', async () => {
    expect((await run(['-v'], { calledAs: 'kubetail' })).stdout).toMatch(/^kmaint v/);
  });

  it('is read in the manner of the program', async () => {
    const { exitCode, stderr } = await run(['-d', 'shop/web/x', '-j'], { calledAs: 'kail' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('-j needs a value');
    expect(stderr).toContain('hint: kmaint logs --compat=kail --help');
    expect((await run(['logs', '--since', 'x', '-p', 'a'], { env: { KMAINT_COMPAT: 'kail' } })).stderr).toContain(
      '--since',
    );
  });

  it('names the variable of the program that is wrong', async () => {
    const { exitCode, stderr } = await run([], { calledAs: 'kubetail', env: { KUBETAIL_TAIL: 'x' } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('KUBETAIL_TAIL: "x" is not a whole number');
    expect((await run(['logs', '--tail', 'y'], { env: { KUBETAIL_TAIL: 'x' } })).stderr).not.toContain('KUBETAIL');
  });

  it('-p without a terminal is refused before anything is sent, with a word for those who meant something else', async () => {
    const { exitCode, stderr } = await run(['logs', 'web', '-p']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--prompt (-p) asks on a terminal, and there is none');
    expect(stderr).toContain('--previous');
  });
});
