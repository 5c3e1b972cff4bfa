/** The report that a bug of ours ends with: what to paste into an issue, without secrets. */
import { version } from './about.ts';
import type { Platform } from './io.ts';

export interface CrashFacts {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: Platform;
}

const secretFlags = ['--token', '--notify-url'];
const hidden = '[redacted]';

/** Lines for stderr, each ending in a line feed. */
export function crashReport(error: unknown, { argv, env, platform }: CrashFacts): string {
  const stack = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : `thrown: ${typeof error}`;
  const causes: string[] = [];
  for (let cause = error instanceof Error ? error.cause : undefined; cause instanceof Error && causes.length < 5;) {
    causes.push(`caused by ${cause.stack ?? cause.message}`);
    cause = cause.cause;
  }
  const text = [
    'error: kmaint ran into a bug of its own; what it was doing may be half done: look before you go on',
    'hint: please report it, with these lines:',
    `  kmaint v${version}, node ${platform.node}, ${platform.os}/${platform.arch}`,
    `  arguments: ${JSON.stringify(redactArguments(argv))}`,
    ...[stack, ...causes].flatMap((block) => block.split('\n')).map((line) => `  ${line}`),
    '',
  ].join('\n');
  return secretsOf(argv, env).reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
}

/** The arguments with the values of secret flags, what looks like a token, and passwords in URLs taken out. */
export function redactArguments(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  // What stands after -- belongs to another program, and may be its password.
  const own = end === -1 || !argv.includes('--exec') ? argv : [...argv.slice(0, end + 2), hidden];
  return own.map((word, index) => {
    if (secretFlags.includes(argv[index - 1] ?? '')) return hidden;
    const flag = secretFlags.find((name) => word.startsWith(`${name}=`));
    if (flag !== undefined) return `${flag}=${hidden}`;
    return word.replace(/eyJ[\w-]+\.[\w.-]+/g, hidden).replace(/:\/\/[^/@\s]+@/g, `://${hidden}@`);
  });
}

/** Secrets that may also stand in the error's own words. */
function secretsOf(argv: readonly string[], env: CrashFacts['env']): readonly string[] {
  const values = argv.flatMap((word, index) => {
    if (secretFlags.includes(argv[index - 1] ?? '')) return [word];
    const flag = secretFlags.find((name) => word.startsWith(`${name}=`));
    return flag === undefined ? [] : [word.slice(flag.length + 1)];
  });
  return [...values, env['KMAINT_TOKEN'] ?? '', env['KMAINT_NOTIFY_URL'] ?? ''].filter((value) => value.length >= 4);
}
