import { describe, expect, it } from 'vitest';
import { openApiAnswer } from '../../src/playground/api/openapi.ts';
import { apiVersionOf } from '../../src/playground/objects.ts';
import { resourceTypes } from '../../src/playground/resources.ts';

const none = new URLSearchParams();

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly 'x-kubernetes-group-version-kind': object;
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly patch: Operation }>>;
}

describe('OpenAPI', () => {
  it('has a document for every group version, and in it a PATCH of every kind that validates fields', () => {
    const { paths: index } = openApiAnswer('/openapi/v3', none) as {
      paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
    };
    for (const type of resourceTypes) {
      const name = `${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`;
      const { pathname } = new URL(index[name]?.serverRelativeURL ?? '', 'https://127.0.0.1');
      const { paths } = openApiAnswer(pathname, none) as Document;
      const { group, version, kind } = type;
      const patch = Object.values(paths).find(
        (item) =>
          JSON.stringify(item.patch['x-kubernetes-group-version-kind']) === JSON.stringify({ group, version, kind }),
      )?.patch;
      expect(patch?.parameters, type.kind).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: 'fieldValidation', in: 'query' })]),
      );
    }
  });

  it.each(['/openapi/v2', '/openapi/v3/apis/nowhere/v1', '/openapi', '/openapi/v3/'])('has no %s', (path) => {
    expect(openApiAnswer(path, none)).toBeUndefined();
  });
});
