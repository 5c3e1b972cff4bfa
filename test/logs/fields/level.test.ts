/** Levels as the known loggers write them. */
import { describe, expect, it } from 'vitest';
import { compileLevel, levelOf, levels } from '../../../src/logs/fields/level.ts';
import { parseFields } from '../../../src/logs/fields/parse-fields.ts';

describe('levelOf', () => {
  it.each<[string, string, string | undefined]>([
    ['zap', '{"level":"dpanic","ts":1.5,"msg":"x"}', 'fatal'],
    ['zap for developers', '{"L":"WARN","M":"x"}', 'warn'],
    ['zerolog', '{"level":"trace","message":"x"}', 'trace'],
    ['pino', '{"level":30,"time":1,"msg":"x"}', 'info'],
    ['pino, between two levels', '{"level":35,"msg":"x"}', 'info'],
    ['pino, fatal', '{"level":60,"msg":"x"}', 'fatal'],
    ['bunyan', '{"name":"a","level":50,"v":0}', 'error'],
    ['logrus', 'time="2026-11-21T10:00:00Z" level=warning msg="x"', 'warn'],
    ['slog', 'time=2026-11-21T10:00:00Z level=ERROR msg=x', 'error'],
    ['klog', 'F1121 10:00:00.123456 1 a.go:1] x', 'fatal'],
    ['ECS with dots', '{"@timestamp":"x","log.level":"debug"}', 'debug'],
    ['ECS nested', '{"log":{"level":"error"}}', 'error'],
    ['Python', '{"levelname":"CRITICAL","message":"x"}', 'fatal'],
    ['Google', '{"severity":"NOTICE","message":"x"}', 'info'],
    ['Java', '{"level":"SEVERE"}', 'error'],
    ['Serilog', '{"@t":"x","@mt":"y","@l":"Warning"}', 'warn'],
    ['Serilog without level', '{"@t":"x","@mt":"y"}', 'info'],
    ['journald', '{"PRIORITY":"3","MESSAGE":"x"}', 'error'],
    ['syslog numbers', '{"severity":2}', 'fatal'],
    ['GELF', '{"short_message":"x","level":4}', 'warn'],
    ['OpenTelemetry', '{"SeverityNumber":17}', 'error'],
    ['a level that is none, beside one that is', '{"level":{"x":1},"severity":"err"}', 'error'],
    ['a word that is none', '{"level":"purple"}', undefined],
    ['a number that is none', '{"level":-4}', undefined],
    ['nothing', '{"msg":"error"}', undefined],
  ])('%s', (_, line, level) => expect(levelOf(parseFields(line) ?? {})).toBe(level));
});

describe('compileLevel', () => {
  function passing(text: string): readonly string[] {
    const compiled = compileLevel(text);
    if ('problem' in compiled) throw new Error(compiled.problem);
    return levels.filter((level) => compiled.value({ level }));
  }

  it.each<[string, readonly string[]]>([
    ['trace', levels],
    ['warn', ['warn', 'error', 'fatal']],
    ['WARNING', ['warn', 'error', 'fatal']],
    ['fatal', ['fatal']],
    ['=warn', ['warn']],
    ['error,debug', ['debug', 'error']],
    ['=error, panic', ['error', 'fatal']],
  ])('%s lets pass %j', (text, passed) => expect(passing(text)).toEqual(passed));

  it('lets nothing pass that says no level', () => {
    const compiled = compileLevel('trace');
    expect('value' in compiled && compiled.value({ msg: 'error' })).toBe(false);
  });

  it.each(['', 'purple', 'warn,', 'e', '30'])('refuses %j', (text) =>
    expect(compileLevel(text)).toEqual({
      problem: expect.stringMatching(/is no level; write one of trace, debug/) as string,
    }),
  );
});
