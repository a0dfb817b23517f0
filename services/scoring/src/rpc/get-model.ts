import { modelShape } from '@bonsai/checkpoint';
import { packModelShape } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { requireModel } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';

export async function getModel(
  context: ScoringContext,
  request: scoringProto.GetModelRequest,
): Promise<scoringProto.GetModelResponse> {
  const checkpoint = await context.models.open(requireModel(request.model, 'model'), 'model');
  const { config, revision, notes = [] } = checkpoint;
  await checkpoint.close();
  return { revision, family: config.family, shape: packModelShape(modelShape(config), config), notes: [...notes] };
}
