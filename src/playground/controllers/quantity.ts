/** Resource quantities (`500m`, `1.5Gi`, `1e3`) as numbers. */

const factors: Readonly<Record<string, number>> = {
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
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The quantity in its base unit: cores, bytes, pieces. What is not a quantity counts as 0: the API server refuses those. */
export function parseQuantity(quantity: string | number | undefined): number {
  if (typeof quantity === 'number') return quantity;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(quantity ?? '');
  if (!match) return 0;
  const [, digits, exponent, suffix = ''] = match;
  const factor = exponent === undefined ? (factors[suffix] ?? 1) : 10 ** Number(exponent);
  return Number(digits) * factor;
}
