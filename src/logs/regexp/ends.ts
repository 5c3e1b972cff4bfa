/** Shortens a pattern to what decides whether it matches somewhere. */
import type { Node } from './syntax.ts';

/**
 * `.*failed.*` is found wherever `failed` is: a loop at either end may as well be left as early as it can be. Only for
 * questions of yes and no, for the match gets shorter; but then V8 does not try each place to the end of the line.
 */
export function withoutEnds(node: Node): Node {
  switch (node.kind) {
    case 'either':
      return { kind: 'either', nodes: node.nodes.map(withoutEnds) };
    case 'repeat':
      return shortest(node);
    case 'concat':
      return concatWithoutEnds(node.nodes);
    default:
      return node;
  }
}

function concatWithoutEnds(nodes: readonly Node[]): Node {
  let [first, end] = [0, nodes.length];
  while (first < end && isOptional(nodes[first])) first += 1;
  while (first < end && isOptional(nodes[end - 1])) end -= 1;
  const rest = nodes.slice(first, end);
  const [only] = rest;
  if (rest.length === 1 && only) return withoutEnds(only);
  return {
    kind: 'concat',
    nodes: rest.map((node, index) => (index === 0 || index === rest.length - 1 ? shortest(node) : node)),
  };
}

function isOptional(node: Node | undefined): boolean {
  return node?.kind === 'repeat' && node.min === 0;
}

/** The fewest turns that a loop at an end needs. */
function shortest(node: Node): Node {
  if (node.kind !== 'repeat') return node;
  if (node.min === 0) return { kind: 'concat', nodes: [] };
  return node.min === 1 ? node.node : { ...node, max: node.min };
}
