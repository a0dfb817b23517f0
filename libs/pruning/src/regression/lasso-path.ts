import type { Matrix } from '../linear-algebra/matrix.ts';

/** Sweeps at one strength at most: on masks that go in complements, coefficients are then still some percent from where they settle. */
const MAX_SWEEPS = 60;
const TOLERANCE = 1e-5;

/** Strengths of the L1 penalty, relative to the least one that makes every coefficient 0. */
export const PENALTIES: readonly number[] = Array.from({ length: 10 }, (_, i) => 10 ** (-0.3 * i - 0.1));

export interface LinearModel {
  readonly intercept: number;
  readonly coefficients: Float64Array;
}

/**
 * L1-penalised least squares with intercept, one model per penalty from strong to weak, each started from the one before:
 * (1/2n) ||y - c - X b||^2 + penalty * ||b||_1 by cyclic coordinate descent.
 * @param features [columns, observations]: one row per coefficient
 */
export function lassoPath(features: Matrix, response: Float64Array, penalties = PENALTIES): LinearModel[] {
  const { rows, columns: n, values } = features;
  const mean = response.reduce((sum, value) => sum + value, 0) / n;
  const centred = centreRows(features);
  const scales = new Float64Array(rows);
  for (let j = 0; j < rows; j++) scales[j] = dot(centred, j * n, centred, j * n, n) / n;
  const residual = response.map((value) => value - mean);
  let strongest = 0;
  for (let j = 0; j < rows; j++) strongest = Math.max(strongest, Math.abs(dot(centred, j * n, residual, 0, n)) / n);
  const coefficients = new Float64Array(rows);
  return penalties.map((penalty) => {
    descend(centred, scales, residual, coefficients, penalty * strongest);
    let intercept = mean;
    for (let j = 0; j < rows; j++) {
      const b = coefficients[j] as number;
      if (b !== 0) for (let i = 0; i < n; i++) intercept -= (b * (values[j * n + i] as number)) / n;
    }
    return { intercept, coefficients: coefficients.slice() };
  });
}

export function predictLinear(model: LinearModel, features: Matrix): Float64Array {
  const { rows, columns, values } = features;
  const out = new Float64Array(columns).fill(model.intercept);
  for (let j = 0; j < rows; j++) {
    const b = model.coefficients[j] as number;
    if (b === 0) continue;
    for (let i = 0; i < columns; i++) out[i] = (out[i] as number) + b * (values[j * columns + i] as number);
  }
  return out;
}

function descend(
  centred: Float64Array,
  scales: Float64Array,
  residual: Float64Array,
  coefficients: Float64Array,
  penalty: number,
): void {
  const n = residual.length;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let largestStep = 0;
    let largest = 0;
    for (let j = 0; j < coefficients.length; j++) {
      const scale = scales[j] as number;
      if (scale === 0) continue;
      const old = coefficients[j] as number;
      const pull = dot(centred, j * n, residual, 0, n) / n + scale * old;
      const next = (Math.sign(pull) * Math.max(0, Math.abs(pull) - penalty)) / scale;
      const step = next - old;
      if (step !== 0) {
        for (let i = 0; i < n; i++) residual[i] = (residual[i] as number) - step * (centred[j * n + i] as number);
        coefficients[j] = next;
      }
      largestStep = Math.max(largestStep, Math.abs(step));
      largest = Math.max(largest, Math.abs(next));
    }
    if (largestStep <= TOLERANCE * largest) return;
  }
}

function centreRows({ rows, columns, values }: Matrix): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let j = 0; j < rows; j++) {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += values[j * columns + i] as number;
    for (let i = 0; i < columns; i++) out[j * columns + i] = (values[j * columns + i] as number) - sum / columns;
  }
  return out;
}

function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (a[aStart + i] as number) * (b[bStart + i] as number);
  return sum;
}
