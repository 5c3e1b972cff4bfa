/** A set of labels as one text, for keys of maps. */

type Labels = Readonly<Record<string, string>>;

const known = new WeakMap<Labels, string>();

/** The same for equal sets in the same order. Pods of one template share their labels, so that each set is written once. */
export function labelsText(labels: Labels): string {
  const text = known.get(labels) ?? JSON.stringify(labels);
  known.set(labels, text);
  return text;
}
