import { UnitTable, withQueryHeads } from '@bonsai/pruning';
import type { LayerStatistics, Module, RecoveryTrial, UnitSet, UnitStatistics, WindowLoss } from '@bonsai/pruning';
import { seededRandom } from '@bonsai/support';

/** A small grouped-query model: 2 layers of 2 KV groups and 8 neurons. */
export const SYNTHETIC_SHAPE = {
  hiddenSize: 8,
  headDim: 4,
  queryHeadsPerGroup: 2,
  layers: [
    { kvGroups: 2, ffnNeurons: 8 },
    { kvGroups: 2, ffnNeurons: 8 },
  ],
};

export const SYNTHETIC_SIZES = { vocabSize: 64, contextLength: 32, otherParameters: 1000 };
export const SYNTHETIC_REVISION = 'a'.repeat(64);

export const syntheticUnits = new UnitTable(withQueryHeads(SYNTHETIC_SHAPE));

/** Nats per token that each unit is worth: the loss is additive in what is removed. */
const worth = Float64Array.from({ length: syntheticUnits.count }, (_, id) => 0.01 + 0.2 * seededRandom(7, id).next());

/** Mean NLL grows by the worth of every removed unit; windows differ a little, by their tokens. */
export function syntheticLoss(cut: UnitSet, mask: UnitSet, window: Uint32Array): WindowLoss {
  const lost = worth.reduce((sum, value, id) => sum + (cut[id] === 1 || mask[id] === 1 ? value : 0), 0);
  const tokenCount = window.length - 1;
  const ease = window.reduce((sum, token) => sum + token, 0) / (64 * window.length);
  return { nllSum: tokenCount * (2 + lost + 0.1 * ease), tokenCount };
}

/** The divergence grows by the worth of every second unit alone. */
export function syntheticDivergence(cut: UnitSet, mask: UnitSet, window: Uint32Array): WindowLoss {
  const lost = worth.reduce(
    (sum, value, id) => sum + (id % 2 === 0 && (cut[id] === 1 || mask[id] === 1) ? value : 0),
    0,
  );
  const loss = syntheticLoss(cut, mask, window);
  return { ...loss, klSum: loss.tokenCount * lost };
}

/** Statistics whose output energy is a noisy hint at each unit's worth. */
export function syntheticStatistics(cut: UnitSet): LayerStatistics[] {
  return SYNTHETIC_SHAPE.layers.map((_, layer) => ({
    attentionResidualEnergy: 10,
    ffnResidualEnergy: 12,
    kvGroups: unitStatistics(syntheticUnits.module(layer, 'kvGroup'), cut),
    ffnNeurons: unitStatistics(syntheticUnits.module(layer, 'ffnNeuron'), cut),
    queryHeads: unitStatistics(syntheticUnits.module(layer, 'queryHead'), cut),
    similarity: 0.9,
  }));
}

/** Every FFN that lost something gains by its recovery. */
export function syntheticTrials(cut: UnitSet): RecoveryTrial[] {
  return syntheticUnits.blocks.flatMap(({ layer, block: kind, start, count }) => {
    const lost = cut.subarray(start, start + count).reduce((sum, member) => sum + member, 0);
    const accepted = kind === 'ffn';
    if (lost === 0 || lost === count) return [];
    return [{ module: { layer, kind }, nllBefore: 2 + 0.1 / 3, nllAfter: accepted ? 1.9 : 2.1, accepted }];
  });
}

function unitStatistics({ start, count }: Module, cut: UnitSet): UnitStatistics {
  const energy = Float64Array.from({ length: count }, (_, i) => {
    const id = start + i;
    return cut[id] === 1 ? 0 : (worth[id] as number) * (0.5 + seededRandom(11, id).next());
  });
  return {
    meanAbs: energy,
    rmsTimesWeight: energy,
    standardFluctuation: energy,
    outputEnergy: energy,
    obsEnergy: energy,
  };
}
