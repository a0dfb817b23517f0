import { modelShape } from '@bonsai/checkpoint';
import { tinyConfig } from '@bonsai/checkpoint/testing';
import { UnitTable } from '@bonsai/pruning';

/** In config.json: sizes that are all different, with grouped queries and counts of units that do not fill their last byte. */
export const TINY = {
  num_hidden_layers: 2,
  hidden_size: 12,
  num_attention_heads: 6,
  num_key_value_heads: 3,
  head_dim: 4,
  intermediate_size: 21,
  vocab_size: 37,
  max_position_embeddings: 16,
};

export function unitTable(sizes: typeof TINY): UnitTable {
  return new UnitTable(modelShape(tinyConfig(sizes)));
}
