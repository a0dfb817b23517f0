import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { seededRandom } from '@bonsai/support';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import { unitIds, type UnitTable } from '../units/unit-table.ts';

/** The published scheme's candidates of one module: the units of lowest prior, and how many a mask removes. */
export interface ModulePool {
  readonly ids: readonly number[];
  readonly quota: number;
  /** Prior in the module. */
  readonly highest: number;
}

/**
 * Of every module, the lowest 2p of the units that are left, rounded up, of which a mask removes one more than p of those that
 * are left, rounded down. That is half of the pool and a little: a module of few units has one candidate, which half of the masks
 * remove. Where all units are candidates, masks leave one; the original draws without replacement and fails there. Where every
 * module has one left, that of highest prior is no candidate, so that masks leave one then as well.
 */
export function fixedQuotaPools(units: UnitTable, cut: UnitSet, prior: Float64Array, p: number): ModulePool[] {
  const leftOf = units.modules.map((module) => unitIds(module).filter((id) => cut[id] === 0));
  const spared = leftOf.every((left) => left.length < 2) ? highestOf(leftOf.flat(), prior) : undefined;
  return leftOf.map((left) => {
    left.sort((a, b) => (prior[a] as number) - (prior[b] as number) || a - b);
    const lowest = left.slice(0, left.length - Math.floor(left.length * Math.max(0, 1 - 2 * p)));
    const ids = lowest.filter((id) => id !== spared);
    const most = left.length > 1 ? left.length - 1 : left.length;
    const quota = Math.min(Math.floor(p * left.length) + 1, ids.length, most);
    return { ids, quota, highest: left.reduce((highest, id) => Math.max(highest, prior[id] as number), 0) };
  });
}

function highestOf(ids: readonly number[], prior: Float64Array): number | undefined {
  return ids.toSorted((a, b) => (prior[b] as number) - (prior[a] as number))[0];
}

/** Masks in pairs: the quota of every pool, drawn with weight (the module's highest prior - prior), then the rest of all pools. */
export function fixedQuotaMasks(
  units: UnitTable,
  pools: readonly ModulePool[],
  prior: Float64Array,
  count: number,
  seed: number,
  round: number,
): UnitSet[] {
  const masks: UnitSet[] = [];
  for (let index = 0; index < count; index += 2) {
    const random = seededRandom(seed, RANDOM_STREAMS.fixedQuotas, round, index);
    const mask = emptySet(units);
    const complement = emptySet(units);
    for (const { ids, quota, highest } of pools) {
      const drawn = ids
        .map((id) => ({ id, key: -Math.log(1 - random.next()) / Math.max(highest - (prior[id] as number), 1e-12) }))
        .sort((a, b) => a.key - b.key || a.id - b.id);
      for (const [rank, { id }] of drawn.entries()) (rank < quota ? mask : complement)[id] = 1;
    }
    masks.push(mask, complement);
  }
  return masks.slice(0, count);
}
