import { emptySet } from '@bonsai/pruning';
import type { Module, UnitSet, UnitTable } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import type { MaskChunk } from '../gen/bonsai/v1/scoring.ts';
import type { LayerUnits, UnitSet as UnitSetMessage } from '../gen/bonsai/v1/plan.ts';
import { chunks } from './chunks.ts';

/** The bit sets of a unit set, layer by layer. */
export function packUnitSet(units: UnitTable, set: UnitSet): UnitSetMessage {
  return {
    layers: units.shape.layers.map((_, layer) => ({
      kvGroups: packModule(units.module(layer, 'kvGroup'), set),
      ffnNeurons: packModule(units.module(layer, 'ffnNeuron'), set),
      queryHeads: packModule(units.module(layer, 'queryHead'), set),
    })),
  };
}

/**
 * The unit set that a message stands for. An absent message is the empty set.
 * @param field path of the message in the request, such as `masks[3]`, for errors
 * @throws BonsaiError MASK_LENGTH naming the layer and the kind of units, such as `masks[3].layers[0].ffn_neurons`
 */
export function unpackUnitSet(units: UnitTable, message: UnitSetMessage | undefined, field: string): UnitSet {
  const set = emptySet(units);
  if (message === undefined) return set;
  const layerCount = units.shape.layers.length;
  if (message.layers.length !== layerCount) {
    const text = `A unit set has one entry per layer: send ${layerCount} for this model, not ${message.layers.length}.`;
    throw invalidArgument('MASK_LENGTH', `${field}.layers`, text);
  }
  for (const [layer, { kvGroups, ffnNeurons, queryHeads }] of message.layers.entries()) {
    unpackModule(units.module(layer, 'kvGroup'), kvGroups, set, `${field}.layers[${layer}].kv_groups`);
    unpackModule(units.module(layer, 'ffnNeuron'), ffnNeurons, set, `${field}.layers[${layer}].ffn_neurons`);
    unpackModule(units.module(layer, 'queryHead'), queryHeads, set, `${field}.layers[${layer}].query_heads`);
  }
  return set;
}

/** Masks as the chunks of a stream. */
export function* packMasks(units: UnitTable, masks: Iterable<UnitSet>): Generator<MaskChunk> {
  // Tags and lengths of a layer's entry take at most 16 bytes.
  const byteLength = Math.ceil(units.count / 8) + 16 * units.shape.layers.length;
  for (const run of chunks(masks, () => byteLength)) {
    yield { masks: run.map((mask) => packUnitSet(units, mask)) };
  }
}

function packModule({ start, count }: Module, set: UnitSet): LayerUnits['kvGroups'] {
  const bytes = Buffer.alloc(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) bytes[i >> 3]! |= set[start + i]! << (i & 7);
  return bytes;
}

function unpackModule({ start, count }: Module, bytes: Uint8Array, set: UnitSet, field: string): void {
  if (bytes.length === 0) return;
  const expected = Math.ceil(count / 8);
  if (bytes.length !== expected) {
    const text = `A bit set over ${count} units has ${expected} bytes, or none if it is empty; got ${bytes.length}.`;
    throw invalidArgument('MASK_LENGTH', field, text);
  }
  for (let i = 0; i < count; i++) set[start + i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  if (count % 8 !== 0 && bytes[expected - 1]! >> (count % 8) !== 0) {
    throw invalidArgument('MASK_LENGTH', field, `The layer has ${count} units; clear the bits after the last one.`);
  }
}
