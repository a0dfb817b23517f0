/** Logits that are there at once: 16 MiB. The head is read once for all rows that fit. */
const LOGIT_ELEMENTS = 2 ** 22;

/** Rows whose logits are computed together. */
export function logitRows(rows: number, vocabSize: number, maxMatrixElements: number): number {
  const most = Math.floor(Math.min(LOGIT_ELEMENTS, maxMatrixElements) / vocabSize);
  return Math.max(1, Math.min(rows, most));
}
