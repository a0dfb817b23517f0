import { describe, expect, it } from '@jest/globals';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { modelShape } from '../model-config.ts';
import { tinyConfig } from '../testing/tiny-checkpoint.ts';
import { keptLayersOf, withoutEmptyLayers } from './kept-layers.ts';

const config = tinyConfig();
const units = new UnitTable(modelShape(config));

describe('keptLayersOf', () => {
  it('keeps whole groups with their query heads', () => {
    const cut = emptySet(units);
    cut[units.module(1, 'kvGroup').start] = 1;
    cut[units.module(1, 'ffnNeuron').start + 3] = 1;
    const layers = keptLayersOf(config, cut);
    expect(layers[0]).toMatchObject({ layer: 0, kvGroups: [0, 1], queryHeads: [0, 1, 2, 3] });
    expect(layers[1]).toEqual({ layer: 1, kvGroups: [1], queryHeads: [2, 3], ffnNeurons: [0, 1, 2, 4, 5, 6, 7, 8, 9] });
  });

  it('refuses the cut of another model', () => {
    expect(() => keptLayersOf(config, new Uint8Array(units.count + 1))).toThrow(
      expect.objectContaining({ reason: 'MASK_LENGTH' }),
    );
  });

  it('leaves out layers that have lost everything, but not the last one standing', () => {
    const cut = emptySet(units);
    for (const { layer, start, count } of units.blocks) if (layer !== 1) cut.fill(1, start, start + count);
    expect(withoutEmptyLayers(config, keptLayersOf(config, cut)).map(({ layer }) => layer)).toEqual([1]);
    expect(withoutEmptyLayers(config, keptLayersOf(config, cut.fill(1))).map(({ layer }) => layer)).toEqual([0]);
  });
});
