import { describe, expect, it } from '@jest/globals';
import { ExportFormat } from '../gen/bonsai/v1/plan.ts';
import { EnumTable } from './enum-table.ts';
import { EXPORT_FORMATS } from './enum-tables.ts';

describe('an enum table', () => {
  const fruits = new EnumTable<'apple' | 'redPear' | 'fig', number>({ apple: 1, redPear: 2, fig: 5 });

  it('translates both ways', () => {
    expect(fruits.toWire('redPear')).toBe(2);
    expect(fruits.toDomain(5, 'fruit')).toBe('fig');
  });

  it('takes 0 for what is left open', () => {
    expect(fruits.toDomainOr(0, 'apple', 'fruit')).toBe('apple');
    expect(fruits.toDomainOr(0, undefined, 'fruit')).toBeUndefined();
    expect(fruits.toDomainOr(2, undefined, 'fruit')).toBe('redPear');
  });

  it.each([0, 3, -1, 1.5])('refuses %p and names what there is', (value) => {
    const refusal = { code: 'INVALID_ARGUMENT', reason: 'REQUEST_INVALID', field: 'basket[1]' };
    const message = `basket[1] cannot be ${value}; choose APPLE, RED_PEAR or FIG.`;
    expect(() => fruits.toDomain(value, 'basket[1]')).toThrow(expect.objectContaining({ ...refusal, message }));
  });

  it('refuses with the reason that the field has', () => {
    const refusal = { reason: 'SETTING_INVALID', message: 'fruit cannot be 7; choose APPLE, RED_PEAR or FIG.' };
    expect(() => fruits.toDomainOr(7, 'fig', 'fruit', 'SETTING_INVALID')).toThrow(expect.objectContaining(refusal));
  });

  it('spells values as the contract does', () => {
    expect(() => EXPORT_FORMATS.toDomain(ExportFormat.UNRECOGNIZED, 'format')).toThrow(/choose GGUF_F16 or GGUF_F32\./);
  });
});
