/** What `--fields` prints. */
import { describe, expect, it } from 'vitest';
import { parseFields } from '../../../src/logs/fields/parse-fields.ts';
import { compileFields } from '../../../src/logs/fields/show-fields.ts';

function shown(names: string, line: string): string | undefined {
  const compiled = compileFields(names);
  if ('problems' in compiled) throw new Error(compiled.problems.join('\n'));
  return compiled.value(parseFields(line) ?? {});
}

describe('compileFields', () => {
  it.each<[string, string, string | undefined]>([
    ['level,msg', '{"msg":"hello","level":"info","x":1}', 'level=info msg=hello'],
    ['msg', '{"message":"two words"}', 'msg="two words"'],
    ['time, level, msg', '{"ts":1.5,"level":30,"msg":""}', 'time=1.5 level=info msg=""'],
    ['level', '{"severity":"ERROR"}', 'level=error'],
    ['req.id,req', '{"req":{"id":7}}', 'req.id=7 req={"id":7}'],
    ['labels["a,b"],x', '{"labels":{"a,b":"y"},"x":null}', 'labels["a,b"]=y x=null'],
    ['error', 'err="it broke" level=warn', 'error="it broke"'],
    ['quote', '{"quote":"say \\"hi\\"\\n"}', 'quote="say \\"hi\\"\\n"'],
    ['a,b', '{"b":true}', 'b=true'],
    ['a,b', '{"c":true}', undefined],
    ['constructor', '{"c":true}', undefined],
  ])('%s of %s', (names, line, text) => expect(shown(names, line)).toBe(text));

  it('names everything that is no field', () => {
    expect(compileFields('a b,msg,')).toEqual({
      problems: [expect.stringMatching(/^"a b" is no field/), expect.stringMatching(/^"" is no field/)],
    });
    expect(compileFields('')).toEqual({ problems: [expect.stringMatching(/^"" is no field/)] });
  });
});
