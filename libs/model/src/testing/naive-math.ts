/** Arithmetic in f64, as it is defined. Vectors whose sizes do not fit give NaN. */
export type Vector = Float64Array;
export type Rows = Vector[];

/** Looked up once: in Jest, to look at a global takes longer than an exponential. */
const { exp, max } = Math;

export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export const add = (a: Vector, b: Vector): Vector => a.map((value, i) => value + b[i]!);

export const addRows = (a: Rows, b: Rows): Rows => a.map((row, i) => add(row, b[i]!));

export const times = (weight: Rows, x: Vector): Vector => new Float64Array(weight.map((row) => dot(row, x)));

/** Sum of vectors, each times its weight. */
export function weightedSum(weights: Vector, vectors: Rows): Vector {
  const sum = new Float64Array(vectors[0]!.length);
  for (const [s, vector] of vectors.entries()) {
    for (let i = 0; i < sum.length; i++) sum[i]! += weights[s]! * vector[i]!;
  }
  return sum;
}

/** Consecutive parts of a vector, all of one size. */
export const split = (x: Vector, size: number): Rows =>
  Array.from({ length: x.length / size }, (_, part) => x.subarray(part * size, (part + 1) * size));

export const joined = (parts: Rows): Vector => new Float64Array(parts.flatMap((part) => [...part]));

/** Logarithm of the sum of exponentials, of which the largest is 1: none overflows, and not all vanish. */
export function logSumExp(z: Vector): number {
  const highest = z.reduce((a, b) => max(a, b));
  return highest + Math.log(z.reduce((sum, value) => sum + exp(value - highest), 0));
}

export function softmax(z: Vector): Vector {
  const whole = logSumExp(z);
  return z.map((value) => exp(value - whole));
}

export const silu = (x: number): number => x / (1 + exp(-x));

/** "gelu_new" of transformers. */
export function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

export function rmsNormalized(x: Vector, gains: Vector, epsilon: number): Vector {
  const root = Math.sqrt(dot(x, x) / x.length + epsilon);
  return x.map((value, i) => (value / root) * gains[i]!);
}

export function layerNormalized(x: Vector, gains: Vector, biases: Vector, epsilon: number): Vector {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const centred = x.map((value) => value - mean);
  return add(rmsNormalized(centred, gains, epsilon), biases);
}
