import type { TensorDtype } from '../checkpoint.ts';

/** Numbers of a file's matrices; its vectors are F32, as llama.cpp demands. */
export type FloatFormat = 'f16' | 'f32';

export const MATRIX_DTYPES = { f16: 'F16', f32: 'F32' } as const satisfies Record<FloatFormat, TensorDtype>;
