import { layerTensorName } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import type { UnitKind, UnitSet, UnitTable } from '@bonsai/pruning';

/**
 * The checkpoint with zeros for the values of removed KV groups and for the up projections of removed neurons: what such
 * units send on is multiplied by zero, at full cost and by none of the code that leaves units out.
 */
export function zeroedCheckpoint(checkpoint: Checkpoint, units: UnitTable, removed: UnitSet): Checkpoint {
  const zeroed = new Map<string, { readonly kind: UnitKind; readonly layer: number }>();
  for (const layer of units.shape.layers.keys()) {
    zeroed.set(layerTensorName(layer, 'value'), { kind: 'kvGroup', layer });
    zeroed.set(layerTensorName(layer, 'up'), { kind: 'ffnNeuron', layer });
  }
  return {
    ...checkpoint,
    async readFloats(name, rows) {
      const data = await checkpoint.readFloats(name, rows);
      const place = zeroed.get(name);
      if (place === undefined) return data;
      const { start, count } = units.module(place.layer, place.kind);
      const unitLength =
        (checkpoint.tensors.get(name)?.shape.reduce((product, size) => product * size, 1) ?? 0) / count;
      const first = ((rows?.start ?? 0) * unitLength * count) / (checkpoint.tensors.get(name)?.shape[0] ?? 1);
      return data.map((value, i) => value * (1 - (removed[start + Math.floor((first + i) / unitLength)] as number)));
    },
  };
}
