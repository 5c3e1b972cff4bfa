/** Kubernetes quantities (`100m`, `1.5Gi`, `12e6`) as numbers. */

const binary: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const decimal: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

const syntax = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;

/**
 * The value in thousandths of the resource's unit (millicores, millibytes), rounded up as the scheduler does, so that
 * sums are exact. Source: apimachinery `resource.Quantity`.
 *
 * @returns undefined for a text that is no quantity
 */
export function milliValue(quantity: string | number): number | undefined {
  const text = String(quantity);
  const known = values.get(text);
  if (known !== undefined) return known;
  const value = parse(text);
  if (values.size >= mostValues) values.clear();
  if (value !== undefined) values.set(text, value);
  return value;
}

/** The same few dozen quantities stand in all pods of a cluster. */
const values = new Map<string, number>();
const mostValues = 1000;

function parse(text: string): number | undefined {
  const match = syntax.exec(text);
  if (!match) return undefined;
  const [, number = '', binarySuffix, decimalSuffix = '', exponent] = match;
  const factor =
    binarySuffix === undefined
      ? exponent === undefined
        ? (decimal[decimalSuffix] ?? 1)
        : 10 ** Number(exponent)
      : (binary[binarySuffix] ?? 1);
  const milli = Number(number) * factor * 1000;
  // What floating point adds below a thousandth of a thousandth is no part of the text.
  return Math.ceil(Number(milli.toPrecision(15)));
}
