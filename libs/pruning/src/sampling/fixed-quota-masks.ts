import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { seededRandom } from '@bonsai/support';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import { unitIds, type UnitTable } from '../units/unit-table.ts';

/** The published scheme's candidates of one module: the units of lowest prior, and how many a mask removes. */
export interface ModulePool {
  readonly ids: readonly number[];
  readonly quota: number;
}

/** Of every module, the lowest 2p of the units that are left, of which a mask removes half. */
export function fixedQuotaPools(units: UnitTable, cut: UnitSet, prior: Float64Array, p: number): ModulePool[] {
  return units.modules.map((module) => {
    const left = unitIds(module).filter((id) => cut[id] === 0);
    left.sort((a, b) => (prior[a] as number) - (prior[b] as number) || a - b);
    const ids = left.slice(0, Math.round(Math.min(1, 2 * p) * left.length));
    return { ids, quota: ids.length >> 1 };
  });
}

/** Masks in pairs: a random half of every pool, drawn with weight (highest prior - prior), then the other half. */
export function fixedQuotaMasks(
  units: UnitTable,
  pools: readonly ModulePool[],
  prior: Float64Array,
  count: number,
  seed: number,
  round: number,
): UnitSet[] {
  const highest = prior.reduce((a, b) => Math.max(a, b), 0);
  const masks: UnitSet[] = [];
  for (let index = 0; index < count; index += 2) {
    const random = seededRandom(seed, RANDOM_STREAMS.fixedQuotas, round, index);
    const mask = emptySet(units);
    const complement = emptySet(units);
    for (const { ids, quota } of pools) {
      const drawn = ids
        .map((id) => ({ id, key: -Math.log(1 - random.next()) / Math.max(highest - (prior[id] as number), 1e-12) }))
        .sort((a, b) => a.key - b.key || a.id - b.id);
      for (const [rank, { id }] of drawn.entries()) (rank < quota ? mask : complement)[id] = 1;
    }
    masks.push(mask, complement);
  }
  return masks.slice(0, count);
}
