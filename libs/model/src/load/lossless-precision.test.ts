import { describe, expect, it } from '@jest/globals';
import type { TensorDtype, TensorInfo } from '@bonsai/checkpoint';
import { losslessPrecision } from './lossless-precision.ts';

function stored(...dtypes: TensorDtype[]): Parameters<typeof losslessPrecision>[0] {
  const norm: TensorInfo = { name: 'norm', dtype: 'F32', shape: [3] };
  const matrices = dtypes.map((dtype, i): TensorInfo => ({ name: `matrix ${i}`, dtype, shape: [2, 3] }));
  return { tensors: new Map([norm, ...matrices].map((info) => [info.name, info])) };
}

describe('losslessPrecision', () => {
  it('is that of the matrices, whatever the vectors are in', () => {
    expect(losslessPrecision(stored('BF16', 'BF16'))).toBe('bf16');
    expect(losslessPrecision(stored('F16'))).toBe('f16');
    expect(losslessPrecision(stored('F32', 'F32'))).toBe('f32');
  });

  it('is f32 where the bias of a head, which is packed with it, is in another format', () => {
    const { tensors } = stored('BF16');
    const bias = (dtype: TensorDtype): TensorInfo => ({ name: 'lm_head.bias', dtype, shape: [2] });
    expect(losslessPrecision({ tensors: new Map([...tensors, ['lm_head.bias', bias('F32')]]) })).toBe('f32');
    expect(losslessPrecision({ tensors: new Map([...tensors, ['lm_head.bias', bias('BF16')]]) })).toBe('bf16');
  });

  it('is f32 where matrices are in several formats, none of which holds the other', () => {
    expect(losslessPrecision(stored('F16', 'BF16', 'F16'))).toBe('f32');
  });
});
