/** What a container has written: lines that follow from who it is and when it started, so that none has to be kept. */
import type { KubeObject } from '../../objects.ts';
import type { ContainerRun } from './container.ts';

/** The lines of one run, numbered from 0. */
export interface LogSource {
  /** How many lines were written up to that moment, at that moment included. */
  countAt(ms: number): number;
  /** How many of those are still there: what a kubelet has rotated away is gone. */
  kept(count: number): number;
  /** When the line is or will be written; Infinity for one that never will be. */
  timeMs(index: number): number;
  /** Without its newline. */
  text(index: number): string;
}

const rateAnnotation = 'kmaint.test/log-lines-per-second';
const keptAnnotation = 'kmaint.test/log-lines-kept';
const textAnnotation = 'kmaint.test/log-text';

/**
 * By the pod's annotations: `kmaint.test/log-lines-per-second` (default 1; 0 for silence) and
 * `kmaint.test/log-lines-kept` (default 1000), or `kmaint.test/log-text`, all that its containers write, at their start.
 * Either can be for one container only: `kmaint.test/log-text.CONTAINER`.
 */
export function sourceOf({ metadata }: KubeObject, run: ContainerRun): LogSource {
  function annotation(name: string): string | undefined {
    return metadata.annotations?.[`${name}.${run.container}`] ?? metadata.annotations?.[name];
  }
  const text = annotation(textAnnotation);
  if (text !== undefined) return fixedText(text, run.startMs);
  return endlessLines(
    run,
    `${metadata.name}/${run.container}/${String(run.restartCount)}`,
    number(annotation(rateAnnotation), 1),
    number(annotation(keptAnnotation), 1000),
  );
}

function number(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}

function fixedText(text: string, startMs: number): LogSource {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return {
    countAt: (ms) => (ms < startMs ? 0 : lines.length),
    kept: (count) => count,
    timeMs: (index) => (index < lines.length ? startMs : Infinity),
    text: (index) => lines[index] ?? '',
  };
}

function endlessLines({ startMs }: ContainerRun, who: string, perSecond: number, keep: number): LogSource {
  const everyMs = 1000 / perSecond;
  const seed = hash(who);
  return {
    countAt: (ms) => (perSecond === 0 || ms < startMs ? 0 : Math.floor((ms - startMs) / everyMs) + 1),
    kept: (count) => Math.min(count, keep),
    timeMs: (index) => startMs + index * everyMs,
    text: (index) => line(mix(seed + Math.imul(index, 0x9e_37_79_b1)), index),
  };
}

const verbs = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const things = ['items', 'orders', 'users', 'carts', 'größen'];

function line(random: number, index: number): string {
  const path = `/${pick(things, random >>> 4)}/${String((random >>> 8) % 500)}`;
  const ms = (random >>> 12) % 300;
  if (random % 41 === 0)
    return `ERROR ${pick(verbs, random)} ${path} failed: upstream timed out (request ${String(index)})`;
  if (random % 17 === 0)
    return `{"level":"warn","msg":"slow request","path":"${path}","durationMs":${String(ms * 10)}}`;
  return `INFO ${pick(verbs, random)} ${path} 200 ${String(ms)}ms (request ${String(index)})`;
}

function pick(list: readonly string[], random: number): string {
  return list[random % list.length] ?? '';
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01_00_01_93);
  return value >>> 0;
}

/** The finalizer of MurmurHash3: neighbours get unlike numbers. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85_eb_ca_6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
