// Quantities are written as the real server writes them.
import { describe, expect, it } from 'vitest';
import { canonicalAmounts, canonicalQuantity, canonicalResources } from '../../src/playground/defaults-quantity.ts';

describe('canonicalQuantity', () => {
  it.each<[string | number, string]>([
    ['0.5', '500m'],
    ['500m', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['.5', '500m'],
    ['2.', '2.'],
    ['0', '0'],
    ['0Mi', '0'],
    ['-0.5', '-500m'],
    ['+4', '+4'],
    [4, '4'],
    [0.25, '250m'],
    ['1000', '1k'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['1.3Ki', '1331200m'],
    ['1000Mi', '1000Mi'],
    ['16777216Ki', '16Gi'],
    ['1e3', '1e3'],
    ['1e4', '10e3'],
    ['12E6', '12E6'],
    ['120E5', '12e6'],
    ['1.500', '1.500'],
    ['1.5000', '1500m'],
    ['1.0001Ki', '1024103m'],
    ['007', '007'],
    ['12345.6', '12345600m'],
    ['0.1n', '1m'],
    ['1500u', '2m'],
    ['1000000000000000000', '1E'],
    ['a lot', 'a lot'],
    ['', ''],
  ])('%j is %j', (quantity, expected) => {
    expect(canonicalQuantity(quantity)).toBe(expected);
  });
});

describe('maps of quantities', () => {
  it('are the same object when nothing has to change', () => {
    const amounts = { cpu: '500m', memory: '1Gi' };
    const resources = { limits: amounts, requests: amounts };
    expect(canonicalAmounts(amounts)).toBe(amounts);
    expect(canonicalResources(resources)).toBe(resources);
  });

  it('are new objects when something has to', () => {
    const limits = Object.freeze({ cpu: '0.5', memory: '1Gi' });
    expect(canonicalResources({ limits, claims: [] })).toEqual({ limits: { cpu: '500m', memory: '1Gi' }, claims: [] });
  });
});
