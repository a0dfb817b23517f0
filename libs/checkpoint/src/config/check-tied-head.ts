import { unusable } from '../checkpoint-errors.ts';
import type { ModelConfig } from '../model-config.ts';
import { tensorDigest } from '../revision.ts';
import type { LocatedTensor } from '../safetensors/open-shards.ts';
import { CONFIG_FILE } from './config-fields.ts';
import { MODEL_TENSORS } from './tensor-names.ts';

/**
 * Some checkpoints with a tied head hold it a second time, which does no harm. A head of its own contradicts the config:
 * whoever believes the config runs another model than whoever believes the file.
 * @throws BonsaiError CONFIG_INVALID
 */
export async function checkTiedHead(config: ModelConfig, located: ReadonlyMap<string, LocatedTensor>): Promise<void> {
  const head = located.get(MODEL_TENSORS.head);
  const embedding = located.get(MODEL_TENSORS.embedding);
  if (!config.tiedHead || head === undefined || embedding === undefined) return;
  if ((await tensorDigest(head)) === (await tensorDigest(embedding))) return;
  const message =
    `${CONFIG_FILE} says that the head is the embedding, but the checkpoint has a ${MODEL_TENSORS.head} of its own; ` +
    'set tie_word_embeddings to false, or leave that tensor out.';
  throw unusable('CONFIG_INVALID', 'tie_word_embeddings', message);
}
