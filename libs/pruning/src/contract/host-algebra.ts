/** Multiplications, in f64, of OBS energies: the Gram matrix of that many columns is factored and inverted. */
export function obsMultiplications(columns: number): number {
  return columns ** 3 / 3;
}

/** The same of least squares: an output projection of `columns` to `outputs` is refitted over those that are kept. */
export function refitMultiplications(kept: number, columns: number, outputs: number): number {
  return kept ** 3 / 6 + outputs * kept * (kept + columns);
}
