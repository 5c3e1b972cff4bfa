/** What can be told of a pattern without running it. */
import { isAscii, isWide, onlyRune } from './ranges.ts';
import type { Node, Repeat } from './syntax.ts';

export interface Facts {
  /** It may match without taking a character. */
  readonly nullable: boolean;
  /** Matching nothing is the last that it tries. Only then do V8 and RE2 agree on how long a loop around it gets. */
  readonly emptyLast: boolean;
  /** V8 finds the same spans as RE2; whether there is a match they always agree on. */
  readonly exactSpans: boolean;
  /**
   * How it fares on strings with a character a byte. `exact`: it matches there if and only if it matches the text.
   * `wide`: takes any one character above ASCII, which is several bytes; exact as soon as a star stands behind it.
   */
  readonly bytes: 'exact' | 'wide' | 'no';
  /** It asks for the start or end of a line. */
  readonly lineAnchors: boolean;
  /** It asks for a place: start, end, word boundary. */
  readonly anchors: boolean;
  /** It holds a loop. */
  readonly loops: boolean;
}

const nothing: Facts = {
  nullable: true,
  emptyLast: true,
  exactSpans: true,
  bytes: 'exact',
  lineAnchors: false,
  anchors: false,
  loops: false,
};

/** Pure, by the tree alone. */
export function factsOf(node: Node): Facts {
  switch (node.kind) {
    case 'runes':
      return {
        ...nothing,
        nullable: false,
        bytes: isAscii(node.ranges) ? 'exact' : isWide(node.ranges) ? 'wide' : 'no',
      };
    case 'concat':
      return node.nodes.map(factsOf).reduce(chained, nothing);
    case 'either':
      return node.nodes.map(factsOf).reduce(alternated);
    case 'repeat':
      return repeated(node);
    case 'line-start':
    case 'line-end':
      return { ...nothing, anchors: true, lineAnchors: true };
    case 'no-boundary':
      // Between the bytes of one character there is no boundary either.
      return { ...nothing, anchors: true, bytes: 'no' };
    default:
      return { ...nothing, anchors: true };
  }
}

function chained(left: Facts, right: Facts): Facts {
  return {
    ...together(left, right),
    nullable: left.nullable && right.nullable,
    emptyLast: left.emptyLast && right.emptyLast,
  };
}

function alternated(left: Facts, right: Facts): Facts {
  return {
    ...together(left, right),
    nullable: left.nullable || right.nullable,
    emptyLast: !left.nullable && right.emptyLast,
  };
}

function together(left: Facts, right: Facts): Facts {
  return {
    nullable: left.nullable,
    emptyLast: left.emptyLast,
    exactSpans: left.exactSpans && right.exactSpans,
    bytes: left.bytes === 'exact' && right.bytes === 'exact' ? 'exact' : 'no',
    lineAnchors: left.lineAnchors || right.lineAnchors,
    anchors: left.anchors || right.anchors,
    loops: left.loops || right.loops,
  };
}

function repeated({ node, min, max, greedy }: Repeat): Facts {
  const body = factsOf(node);
  const emptyLast = (!body.nullable || body.emptyLast) && (greedy || min === max);
  return {
    ...body,
    nullable: min === 0 || body.nullable,
    emptyLast,
    exactSpans: body.exactSpans && !(body.nullable && !body.emptyLast && greedy && max === Infinity),
    bytes: body.bytes === 'wide' ? (min === 0 && max === Infinity ? 'exact' : 'no') : body.bytes,
    loops: true,
  };
}

/** The text that the pattern stands for, where it stands for just one. */
export function literalOf(node: Node): string | undefined {
  const nodes = node.kind === 'concat' ? node.nodes : [node];
  if (nodes.length === 0) return undefined;
  let literal = '';
  for (const one of nodes) {
    const rune = one.kind === 'runes' ? onlyRune(one.ranges) : undefined;
    // Half a character is in no text, and U+FFFD stands for bytes that are none.
    if (rune === undefined || rune === 0xfffd || (rune >= 0xd800 && rune <= 0xdfff)) return undefined;
    literal += String.fromCodePoint(rune);
  }
  return literal;
}
