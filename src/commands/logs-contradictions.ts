/** Flags of logs that together, or left empty, ask for nothing: told before anything is read. */
import type { AnyFlag } from '../cli/flag.ts';
import type { Settings } from '../cli/settings.ts';
import { formatFlags, lineFlags, podFlags, rangeFlags } from './logs-flags.ts';

/**
 * One sentence for each. What a settings file or a variable says for all runs contradicts nothing: it gives way to what
 * was typed for this one.
 */
export function contradictions(settings: Settings): readonly string[] {
  const { get } = settings;
  const typed = (flag: AnyFlag): boolean => settings.source(flag) === 'flag';
  const problems: string[] = [];
  if (get(rangeFlags.follow) && typed(rangeFlags.follow) && get(rangeFlags.noFollow) && typed(rangeFlags.noFollow)) {
    problems.push('give --follow (-f) or --no-follow, not both');
  }
  const both = typed(podFlags.ignoreNs) && !get(podFlags.allNamespaces) ? namedAndIgnored(settings, typed) : [];
  if (both.length > 0) {
    problems.push(
      `${both.join(', ')} is asked for and left out: name it in --namespace (--ns) or in --ignore-ns, not both`,
    );
  }
  if (typed(lineFlags.fields) && get(lineFlags.fields).length === 0) {
    problems.push('--fields names no field; give names such as msg,req.id, or leave it out to see whole lines');
  }
  if (typed(formatFlags.root) && get(formatFlags.root) === undefined) {
    problems.push('--root names no folder; give the one that stands for /, such as /host');
  }
  return problems;
}

function namedAndIgnored({ get }: Settings, typed: (flag: AnyFlag) => boolean): readonly string[] {
  const named = [
    ...(typed(podFlags.namespace) ? (get(podFlags.namespace)?.split(',') ?? []) : []),
    ...(typed(podFlags.ns) ? get(podFlags.ns) : []),
  ];
  const ignored = new Set(get(podFlags.ignoreNs));
  return [...new Set(named)].filter((name) => ignored.has(name));
}
