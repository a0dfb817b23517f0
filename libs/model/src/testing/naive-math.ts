/** Arithmetic in f64 on plain arrays, as it is defined. Where sizes do not fit, results are NaN. */
export type Vector = number[];
export type Rows = Vector[];

export const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);

export const add = (a: Vector, b: Vector): Vector => a.map((value, i) => value + (b[i] ?? Number.NaN));

export const addRows = (a: Rows, b: Rows): Rows => a.map((row, i) => add(row, b[i] ?? []));

export const times = (weight: Rows, x: Vector): Vector => weight.map((row) => dot(row, x));

/** Consecutive parts of a vector, all of one size. */
export const split = (x: Vector, size: number): Rows =>
  Array.from({ length: x.length / size }, (_, part) => x.slice(part * size, (part + 1) * size));

export function softmax(z: Vector): Vector {
  const exponentials = z.map((value) => Math.exp(value));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / sum);
}

export const silu = (x: number): number => x / (1 + Math.exp(-x));

/** "gelu_new" of transformers. */
export function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

export function rmsNormalized(x: Vector, gains: Vector, epsilon: number): Vector {
  const root = Math.sqrt(dot(x, x) / x.length + epsilon);
  return x.map((value, i) => (value / root) * (gains[i] ?? Number.NaN));
}

export function layerNormalized(x: Vector, gains: Vector, biases: Vector, epsilon: number): Vector {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const centred = x.map((value) => value - mean);
  return add(rmsNormalized(centred, gains, epsilon), biases);
}
