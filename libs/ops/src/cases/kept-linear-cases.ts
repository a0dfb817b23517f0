import { GATED, LINEAR } from './bounds.ts';
import { keptUnits, normalMatrix, normalWeight } from './inputs.ts';
import { CaseStorage } from './op-case.ts';
import type { OpCase } from './op-case.ts';

interface KeptSizes {
  readonly masks: number;
  readonly rowsPerMask: number;
  /** Width of the matrix that is not compact. */
  readonly hidden: number;
  readonly units: number;
  /** Columns of one unit; 1 for a gated weight. */
  readonly unitWidth: number;
  readonly scale?: OpCase['scale'];
}

const UNITS_OF_A_HEAD: readonly KeptSizes[] = [
  { masks: 1, rowsPerMask: 1, hidden: 3, units: 1, unitWidth: 2 },
  { masks: 5, rowsPerMask: 3, hidden: 31, units: 7, unitWidth: 6 },
  { masks: 3, rowsPerMask: 43, hidden: 67, units: 9, unitWidth: 10 },
  { masks: 2, rowsPerMask: 32, hidden: 64, units: 6, unitWidth: 16 },
  { masks: 4, rowsPerMask: 65, hidden: 33, units: 5, unitWidth: 48 },
];

const UNITS_OF_ONE: readonly KeptSizes[] = [
  { masks: 1, rowsPerMask: 1, hidden: 3, units: 2, unitWidth: 1 },
  { masks: 5, rowsPerMask: 3, hidden: 31, units: 37, unitWidth: 1 },
  { masks: 3, rowsPerMask: 43, hidden: 67, units: 131, unitWidth: 1 },
  { masks: 2, rowsPerMask: 32, hidden: 64, units: 96, unitWidth: 1 },
];

const LARGE_HEADS: KeptSizes = {
  masks: 4,
  rowsPerMask: 1024,
  hidden: 768,
  units: 20,
  unitWidth: 64,
  scale: 'large',
};
const LARGE_NEURONS: KeptSizes = {
  masks: 4,
  rowsPerMask: 1024,
  hidden: 768,
  units: 2048,
  unitWidth: 1,
  scale: 'large',
};

function describe({ masks, rowsPerMask, units, unitWidth }: KeptSizes): string {
  return `${masks} masks of ${rowsPerMask} rows, ${units} units of ${unitWidth}`;
}

const countOf = (kept: readonly Uint32Array[]): number => kept.reduce((sum, { length }) => sum + length, 0);

/** Columns of a compact row, by mask. */
const widthsOf = (kept: readonly Uint32Array[], unitWidth: number): number[] =>
  kept.map(({ length }) => length * unitWidth);

function linearToKeptCase(sizes: KeptSizes): OpCase {
  const { masks, rowsPerMask, hidden, units, unitWidth, scale = 'small' } = sizes;
  const rows = masks * rowsPerMask;
  const columns = units * unitWidth;
  const kept = keptUnits(masks, units, 18);
  return {
    op: 'linearToKept',
    name: `linearToKept ${hidden} -> ${describe(sizes)}`,
    scale,
    bound: LINEAR,
    flops: 2 * rowsPerMask * hidden * unitWidth * countOf(kept),
    async prepare(backend) {
      const storage = new CaseStorage();
      const weight = storage.keep(await backend.packWeight(normalWeight(columns, hidden, 19)));
      const x = storage.keep(backend.matrix(rows, hidden, normalMatrix(rows, hidden, 20).data));
      const selection = storage.keep(backend.selection(kept, units, unitWidth));
      const out = storage.keep(backend.matrix(rows, columns, normalMatrix(rows, columns, 21).data));
      return storage.prepared(
        backend,
        out,
        (recorder) => recorder.linearToKept(out, x, weight, selection),
        widthsOf(kept, unitWidth),
      );
    },
  };
}

function gatedLinearToKeptCase(sizes: KeptSizes): OpCase {
  const { masks, rowsPerMask, hidden, units, unitWidth, scale = 'small' } = sizes;
  const rows = masks * rowsPerMask;
  const kept = keptUnits(masks, units, 18);
  return {
    op: 'gatedLinearToKept',
    name: `gatedLinearToKept ${hidden} -> ${describe(sizes)}`,
    scale,
    bound: GATED,
    flops: 4 * rowsPerMask * hidden * countOf(kept),
    async prepare(backend) {
      const storage = new CaseStorage();
      const gate = normalWeight(units, hidden, 22);
      const weight = storage.keep(await backend.packGatedWeight(gate, normalWeight(units, hidden, 23)));
      const x = storage.keep(backend.matrix(rows, hidden, normalMatrix(rows, hidden, 24).data));
      const selection = storage.keep(backend.selection(kept, units, unitWidth));
      const out = storage.keep(backend.matrix(rows, units, normalMatrix(rows, units, 25).data));
      return storage.prepared(
        backend,
        out,
        (recorder) => recorder.gatedLinearToKept(out, x, weight, selection),
        widthsOf(kept, 1),
      );
    },
  };
}

function linearFromKeptCase(sizes: KeptSizes): OpCase {
  const { masks, rowsPerMask, hidden, units, unitWidth, scale = 'small' } = sizes;
  const rows = masks * rowsPerMask;
  const columns = units * unitWidth;
  const kept = keptUnits(masks, units, 18);
  return {
    op: 'linearFromKept',
    name: `linearFromKept ${describe(sizes)} -> ${hidden}`,
    scale,
    bound: LINEAR,
    flops: 2 * rowsPerMask * hidden * unitWidth * countOf(kept),
    async prepare(backend) {
      const storage = new CaseStorage();
      const weight = storage.keep(await backend.packWeight(normalWeight(hidden, columns, 26)));
      const x = storage.keep(backend.matrix(rows, columns, normalMatrix(rows, columns, 27).data));
      const selection = storage.keep(backend.selection(kept, units, unitWidth));
      const out = storage.keep(backend.matrix(rows, hidden, normalMatrix(rows, hidden, 28).data));
      return storage.prepared(backend, out, (recorder) => recorder.linearFromKept(out, x, weight, selection, out));
    },
  };
}

export const keptLinearCases: readonly OpCase[] = [
  ...[...UNITS_OF_A_HEAD, LARGE_HEADS].map(linearToKeptCase),
  ...[...UNITS_OF_ONE, LARGE_NEURONS].map(gatedLinearToKeptCase),
  ...[...UNITS_OF_A_HEAD, ...UNITS_OF_ONE, LARGE_HEADS, LARGE_NEURONS].map(linearFromKeptCase),
];
