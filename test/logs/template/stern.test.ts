/** Every template gives byte for byte what the real stern gives, on odd lines too, and fails with the same words. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, type TemplateData } from '../../../src/logs/template/compile.ts';
import { peerPath } from '../../cluster/binaries.mts';
import { oddLines, templates, wrongTemplates } from './corpus.ts';
import { formats, jsonLike, layouts } from './whatever.ts';

const stern = peerPath('stern');
const there = existsSync(stern);
if (!there) console.warn(`${stern} is not built: templates are not compared with it (npm run cluster:build)`);

const timeZone = 'Asia/Tokyo';

interface Outcome {
  readonly out: string;
  readonly errors: readonly string[];
}

function byStern(template: string, color: boolean, given = oddLines): Outcome {
  const { stdout, stderr } = spawnSync(
    stern,
    ['--stdin', '--color', color ? 'always' : 'never', '--template', template],
    { input: Buffer.from(`${given.join('\n')}\n`, 'latin1'), env: { TZ: timeZone, HOME: '/nonexistent' } },
  );
  return { out: stdout.toString('latin1'), errors: lines(stderr.toString('utf8')) };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function byOurs(source: string, color: boolean, given = oddLines): Outcome {
  const made = compileTemplate(source, { color, timeZone });
  if ('problem' in made) throw new Error(made.problem);
  const wrap = (text: string): string => (color ? `\x1b[0m${text}\x1b[0m` : text);
  const reset = { wrap, attributes: [0] };
  const empty = { Timestamp: '', NodeName: '', Namespace: '', PodName: '', ContainerName: '', Labels: {} };
  let out = '';
  const errors: string[] = [];
  for (const Message of given) {
    const data: TemplateData = { ...empty, Message, Annotations: {}, PodColor: reset, ContainerColor: reset };
    const result = made.value.renderBytes(data);
    if ('text' in result) out += result.text;
    else errors.push(...lines(`expanding template failed: ${result.failure}`));
  }
  return { out, errors };
}

describe.skipIf(!there)('beside stern', { timeout: 60_000 }, () => {
  it.each(templates)('%j', (template) => {
    for (const color of template.includes('olor') ? [false, true] : [false]) {
      const theirs = byStern(template, color);
      const ours = byOurs(template, color);
      expect(ours.errors).toEqual(theirs.errors);
      expect(ours.out).toBe(theirs.out);
    }
  });

  it.each(['parseJSON .Message', 'json (tryParseJSON .Message)', 'prettyJSON .Message', 'extjson .Message'])(
    '%s of whatever looks like JSON',
    (action) => {
      const given = fc.sample(jsonLike, { seed: 6, numRuns: 500 });
      const template = `{{${action}}}{{"\\n"}}`;
      expect(byOurs(template, false, given)).toEqual(byStern(template, false, given));
    },
  );

  it('printf with whatever stands between % and its verb', () => {
    const template = fc.sample(formats, { seed: 6, numRuns: 500 }).join('{{"\\n"}}');
    expect(byOurs(template, false, ['A'])).toEqual(byStern(template, false, ['A']));
  });

  it('toTimestamp with whatever layout', () => {
    const template = fc.sample(layouts, { seed: 6, numRuns: 300 }).join('{{"\\n"}}');
    const given = ['0', '1136239445.123456', '1782864000', '951782400.5'];
    expect(byOurs(template, false, given)).toEqual(byStern(template, false, given));
  });

  it.each(wrongTemplates)('%j is refused', (template) => {
    const { stderr } = spawnSync(stern, ['--stdin', '--template', template], { input: '' });
    const [theirs = ''] = lines(stderr.toString('utf8'));
    const made = compileTemplate(template, { color: false });
    const problem = 'problem' in made ? made.problem : '';
    // Ours also says where on the line.
    const withoutColumn = problem.replace(/^(template: log:\d+):\d+:/, '$1:');
    expect(`Error: unable to parse template: ${withoutColumn}`).toBe(theirs);
  });
});
