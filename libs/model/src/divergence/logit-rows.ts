import type { Backend } from '@bonsai/ops';

/** Logits that are there at once: 16 MiB. The head is read once for all rows that fit. */
const LOGIT_ELEMENTS = 2 ** 22;

/** Rows whose logits are computed together. */
export function logitRows(rows: number, vocabSize: number, device: Pick<Backend, 'mostRows'>): number {
  return Math.max(1, Math.min(rows, Math.floor(LOGIT_ELEMENTS / vocabSize), device.mostRows(vocabSize)));
}
