/**
 * The clusters that come with kmaint, read from fixtures/clusters. The build puts what the files say in this file's
 * place (.ci/shipped-clusters.ts), so that neither files nor a YAML parser are needed to start one of them.
 */
import { readFile } from 'node:fs/promises';

/** Their names, the default first. */
export const shippedClusters: readonly string[] = ['two-nodes', 'three-zones', 'stuck'];

/** The documents of one of {@link shippedClusters}. */
export async function shippedDocuments(name: string): Promise<readonly unknown[]> {
  const [{ CORE_SCHEMA, loadAll }, text] = await Promise.all([
    import('js-yaml'),
    readFile(new URL(`../../fixtures/clusters/${name}.yaml`, import.meta.url), 'utf8'),
  ]);
  return loadAll(text, { schema: CORE_SCHEMA });
}
