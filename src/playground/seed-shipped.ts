/** The clusters that come with kmaint, by name. */
import { closest } from '../closest.ts';
import { UsageError } from '../errors.ts';
import { shippedClusters, shippedDocuments } from './seed-documents.ts';
import { itemsOf, type SeedObject } from './seed-file.ts';

/**
 * The objects of such a cluster.
 *
 * @throws UsageError for an unknown name, with those that there are
 */
export async function shippedObjects(name: string): Promise<readonly SeedObject[]> {
  if (!shippedClusters.includes(name)) throw unknownCluster(name);
  const documents = await shippedDocuments(name);
  return documents.flatMap((value, index) => itemsOf(value, `${name} (document ${index + 1})`));
}

function unknownCluster(name: string): UsageError {
  const suggestion = closest(name, shippedClusters);
  const ending = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return new UsageError([`there is neither a file nor a cluster called ${JSON.stringify(name)}${ending}`], {
    code: 'usage.seed',
    hint: `clusters that come with kmaint: ${shippedClusters.join(', ')}`,
  });
}
