/** Lines for templates to be tried on. */
import {
  compileTemplate,
  type Template,
  type TemplateColor,
  type TemplateData,
} from '../../../src/logs/template/compile.ts';

export const noColor: TemplateColor = { wrap: (text) => text };

/** A line of a container, of which a test names what matters to it. */
export function aLine(given: Partial<TemplateData> = {}): TemplateData {
  return {
    Message: 'hello',
    Timestamp: '2026-11-21T17:40:01.123456789Z',
    NodeName: 'node1',
    Namespace: 'shop',
    PodName: 'web-1',
    ContainerName: 'app',
    Labels: { app: 'web', tier: 'front' },
    Annotations: {},
    PodColor: noColor,
    ContainerColor: noColor,
    ...given,
  };
}

export function compiled(source: string, options: { color?: boolean; timeZone?: string } = {}): Template {
  const made = compileTemplate(source, { color: false, timeZone: 'UTC', ...options });
  if ('problem' in made) throw new Error(made.problem);
  return made.value;
}

/** What comes out: the text, or what failed. */
export function rendered(
  source: string,
  given: Partial<TemplateData> = {},
  options: { color?: boolean; timeZone?: string } = {},
): string {
  const result = compiled(source, options).render(aLine(given));
  return 'text' in result ? result.text : result.failure;
}

/** What is wrong with a template. */
export function problemOf(source: string): string | undefined {
  const made = compileTemplate(source, { color: false });
  return 'problem' in made ? made.problem : undefined;
}
