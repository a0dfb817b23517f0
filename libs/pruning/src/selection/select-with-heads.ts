import { withoutHeadsOfGroups } from '../units/kept-heads.ts';
import { emptySet, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { attentionSteps } from './attention-steps.ts';
import type { RoundBudget } from './budget.ts';
import type { Ranking } from './ranking.ts';
import { takeWithinBudget, withoutReserve, type Offers } from './take-within-budget.ts';

/** Offers of neurons, one by one, and of the steps of every layer's attention, which are chains. */
interface StepOffers extends Required<Offers> {
  /** By offer: units that go with it. */
  readonly ids: readonly (readonly number[])[];
}

/**
 * What a round removes where query heads may go without their group. Steps of attention and neurons go by damage per parameter,
 * a step no sooner than those before it. Before the last round a few neurons are kept back, as in selectRound.
 */
export function selectWithHeads(budget: RoundBudget, { damage }: Pick<Ranking, 'damage'>): UnitSet {
  const { units, cut, need, lastRound, atLeast } = budget;
  const offers = stepOffers(units, cut, damage);
  const taken = takeWithinBudget(lastRound ? offers : withoutReserve(offers), need);
  if (lastRound && atLeast) reach(offers, taken, need);
  const selected = emptySet(units);
  for (const [offer, ids] of offers.ids.entries()) if (taken[offer] === 1) for (const id of ids) selected[id] = 1;
  return withoutHeadsOfGroups(units, selected);
}

function stepOffers(units: UnitTable, cut: UnitSet, damage: Float64Array): StepOffers {
  const keys: number[] = [];
  const costs: number[] = [];
  const chains: number[] = [];
  const ids: (readonly number[])[] = [];
  const offer = (chain: number, members: readonly number[], cost: number, key: number): void => {
    keys.push(key);
    costs.push(cost);
    chains.push(chain);
    ids.push(members);
  };
  for (const layer of units.shape.layers.keys()) {
    let key = 0;
    for (const step of attentionSteps(units, layer, cut, damage)) {
      key = Math.max(key, step.damage / step.cost);
      offer(layer, step.ids, step.cost, key);
    }
    const { start, count, unitCost } = units.module(layer, 'ffnNeuron');
    for (let id = start; id < start + count; id++) {
      if (cut[id] === 0) offer(-1, [id], unitCost, (damage[id] as number) / unitCost);
    }
  }
  const order = [...keys.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  return { order, costs: Float64Array.from(costs), chains: Int32Array.from(chains), ids };
}

/** Takes more, the cheapest first, until no less than the need goes. */
function reach({ order, costs, chains }: StepOffers, taken: Uint8Array, need: number): void {
  const cost = (offer: number): number => costs[offer] as number;
  let left = need - order.reduce((sum, offer) => sum + cost(offer) * (taken[offer] as number), 0);
  while (left > 0) {
    const next = new Map<number, number>();
    for (const offer of order) {
      const chain = chains[offer] as number;
      if (taken[offer] === 0 && !next.has(chain)) next.set(chain, offer);
    }
    const [first, ...others] = next.values();
    if (first === undefined) return;
    const cheapest = others.reduce((a, b) => (cost(b) < cost(a) ? b : a), first);
    taken[cheapest] = 1;
    left -= cost(cheapest);
  }
}
