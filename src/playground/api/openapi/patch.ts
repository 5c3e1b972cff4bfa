/** What the OpenAPI documents say about a PATCH. */
import type { ResourceType } from '../../objects.ts';

/**
 * Takes fieldValidation and dryRun, which is what kubectl looks for. It names no strategic merge patch: without the
 * schemas that say how lists merge, kubectl is to make such patches from the Go types that it has built in, as it does
 * for servers without these documents (kubectl pkg/cmd/apply/patcher.go).
 */
export function patchOperation({ group, version, kind }: ResourceType): object {
  return {
    parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
      name,
      in: 'query',
      schema: { type: 'string', uniqueItems: true },
    })),
    requestBody: { content: { 'application/merge-patch+json': { schema: { type: 'object' } } }, required: true },
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}
