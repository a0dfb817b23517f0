import type { Backend, MaskFactors } from '@bonsai/ops';
import type { UnitSet } from '@bonsai/pruning';
import type { Holdings } from '../holdings.ts';
import type { KeptLayer, KeptUnits } from '../load/kept-units.ts';
import type { LayerFactors } from './forward-pass.ts';

/** Uploads the factors of masks, over the units that are still in the weights. */
export function uploadFactors(
  backend: Backend,
  kept: readonly KeptLayer[],
  masks: readonly UnitSet[],
  holdings: Holdings,
): LayerFactors[] {
  const upload = (units: KeptUnits): MaskFactors | undefined =>
    units.indices.length === 0
      ? undefined
      : holdings.keep(backend.matrix(masks.length, units.indices.length, factorsOf(units, masks)));
  return kept.map(({ attention, ffn }) => ({ attention: upload(attention), ffn: upload(ffn) }));
}

/** [masks, kept units]: 0 where the mask removes the unit, 1 elsewhere. */
export function factorsOf({ module, indices }: KeptUnits, masks: readonly UnitSet[]): Float32Array {
  const factors = new Float32Array(masks.length * indices.length);
  for (const [m, mask] of masks.entries()) {
    for (const [i, index] of indices.entries()) {
      factors[m * indices.length + i] = mask[module.start + index] === 0 ? 1 : 0;
    }
  }
  return factors;
}
