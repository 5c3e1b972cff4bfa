/** Quantities as the API server writes them, whatever the client wrote (apimachinery pkg/api/resource/quantity.go). */

interface Amounts {
  readonly [resource: string]: string;
}

interface Resources {
  readonly limits?: Amounts;
  readonly requests?: Amounts;
}

// Up to three digits with a suffix that stands for a thousand (or 1024) of the next lower one are as they should be.
const plain = /^[1-9]\d{0,2}([mkMGTPE]|[KMGTPE]i)?$/;
const parts = /^([+-]?)(\d*)\.?(\d*?)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const fromMilli = decimalSuffixes.slice(2);
const exponentsFromMilli = fromMilli.map((suffix, at) => (suffix === '' ? '' : `e${String(at * 3 - 3)}`));
const milli = 1000n;

/** `1024Mi` becomes `1Gi`, `0.5` becomes `500m`; a text that is no quantity stays as it is. */
export function canonicalQuantity(quantity: string | number): string {
  const text = String(quantity).trim();
  if (plain.test(text)) return text;
  const [, sign = '', whole = '', fraction = '', exponent, suffix = ''] = parts.exec(text) ?? [];
  if (whole === '' && fraction === '') return text;
  const binary = binarySuffixes.indexOf(suffix);
  const digits = (whole.replace(/^0+/, '') || '0') + fraction;
  const power = exponent === undefined ? (decimalSuffixes.indexOf(suffix) - 3) * 3 : Number(exponent);
  // Nobody can hold as much, or notice as little.
  if (binary <= 0 && Math.abs(power) > 40) return text;
  if (binary <= 0 && isKept(digits, power - fraction.length)) return text;
  // Whatever is finer than a thousandth is rounded up (SetDefaults_ResourceList in pkg/apis/core/v1).
  const amount =
    binary > 0
      ? roundedUp(BigInt(digits) * milli * 1024n ** BigInt(binary), 10n ** BigInt(fraction.length))
      : scaled(BigInt(digits), power - fraction.length + 3);
  if (amount === 0n) return '0';
  // Below 1024, and where a fraction would be lost, even binary ones are written as decimals.
  const written =
    binary > 0 && amount >= 1024n * milli && amount % milli === 0n
      ? inSteps(amount / milli, 1024n, binarySuffixes)
      : inSteps(amount, 1000n, exponent === undefined ? fromMilli : exponentsFromMilli);
  return (sign === '-' ? '-' : '') + written;
}

/** What needs no other suffix keeps the client's spelling, `+4` and `1.500` too (ParseQuantity). */
function isKept(digits: string, scale: number): boolean {
  return scale % 3 === 0 && scale >= -3 && digits.length < 18 && !digits.endsWith('000') && !digits.startsWith('0');
}

/** As few digits as there can be without losing any. */
function inSteps(amount: bigint, step: bigint, suffixes: readonly string[]): string {
  let left = amount;
  let at = 0;
  while (at < suffixes.length - 1 && left % step === 0n) {
    left /= step;
    at += 1;
  }
  return `${String(left)}${suffixes[at] ?? ''}`;
}

function scaled(digits: bigint, power: number): bigint {
  return power >= 0 ? digits * 10n ** BigInt(power) : roundedUp(digits, 10n ** BigInt(-power));
}

function roundedUp(amount: bigint, divisor: bigint): bigint {
  return (amount + divisor - 1n) / divisor;
}

/** The amounts with each quantity in its canonical form; the same object when they are so already. */
export function canonicalAmounts<T>(amounts: T): T {
  if (typeof amounts !== 'object' || amounts === null) return amounts;
  let copy: Record<string, unknown> | undefined;
  for (const [resource, amount] of Object.entries(amounts) as [string, unknown][]) {
    if (typeof amount !== 'string' && typeof amount !== 'number') continue;
    const canonical = canonicalQuantity(amount);
    if (canonical === amount) continue;
    copy ??= { ...(amounts as Record<string, unknown>) };
    copy[resource] = canonical;
  }
  return (copy ?? amounts) as T;
}

/** The same for `limits` and `requests` of a container or claim. */
export function canonicalResources<T extends object>(resources: T): T {
  const { limits, requests }: Resources = resources;
  const canonical = { limits: canonicalAmounts(limits), requests: canonicalAmounts(requests) };
  if (canonical.limits === limits && canonical.requests === requests) return resources;
  return {
    ...resources,
    ...(limits ? { limits: canonical.limits } : {}),
    ...(requests ? { requests: canonical.requests } : {}),
  };
}
