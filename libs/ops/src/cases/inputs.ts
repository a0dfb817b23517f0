import { integerBelow, normal, seededRandom } from '@bonsai/support';
import { NO_TARGET } from '../backend.ts';
import type { HostMatrix } from '../backend.ts';

/** Standard normal values times `scale`. */
export function normalMatrix(rows: number, cols: number, seed: number, scale = 1): HostMatrix {
  const random = seededRandom(seed, rows, cols);
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, () => normal(random) * scale) };
}

/** Weights that keep the variance of their input. */
export function normalWeight(outputs: number, inputs: number, seed: number): HostMatrix {
  return normalMatrix(outputs, inputs, seed, 1 / Math.sqrt(inputs));
}

/**
 * Per mask, each unit with even odds; the first mask keeps nothing if it is not the only one, since a mask may empty a
 * layer, and the last keeps everything.
 */
export function keptUnits(masks: number, units: number, seed: number): Uint32Array[] {
  const random = seededRandom(seed, masks, units);
  return Array.from({ length: masks }, (_, m) => {
    const odds = m === masks - 1 ? 2 : m === 0 ? 0 : 1;
    return Uint32Array.from({ length: units }, (__, unit) => unit).filter(() => integerBelow(random, 2) < odds);
  });
}

/** Token ids that include the first and the last of the vocabulary. */
export function tokenIds(length: number, vocabulary: number, seed: number): Uint32Array {
  const random = seededRandom(seed, length, vocabulary);
  const ids = Uint32Array.from({ length }, () => integerBelow(random, vocabulary));
  ids[0] = vocabulary - 1;
  if (length > 1) ids[1] = 0;
  return ids;
}

/** Targets of which the last, and every fifth, is absent. */
export function targetIds(length: number, vocabulary: number, seed: number): Uint32Array {
  const absent = (i: number): boolean => length > 1 && (i === length - 1 || i % 5 === 4);
  return tokenIds(length, vocabulary, seed).map((id, i) => (absent(i) ? NO_TARGET : id));
}

/** cos, then sin, of angles that differ in every position and pair. */
export function rotationTable(positions: number, headDim: number): HostMatrix {
  const half = headDim / 2;
  const data = new Float32Array(positions * headDim);
  for (let t = 0; t < positions; t++) {
    for (let i = 0; i < half; i++) {
      const angle = t * 10_000 ** (-i / half);
      data[t * headDim + i] = Math.cos(angle);
      data[t * headDim + half + i] = Math.sin(angle);
    }
  }
  return { rows: positions, cols: headDim, data };
}
