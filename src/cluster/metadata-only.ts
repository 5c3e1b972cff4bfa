/** Lists of which only names and labels count. */
import type { Transport } from './transport.ts';

/** Asks for metadata alone: a node is tens of kilobytes long, for its images alone. Servers that cannot send all. */
export function metadataOnly(transport: Transport): Transport {
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
  return { ...transport, request: (asked) => transport.request({ ...asked, accept }) };
}
