import type { Checkpoint } from '@bonsai/checkpoint';
import { losslessPrecision } from '@bonsai/model';
import type { WeightPrecision } from '@bonsai/ops';
import { PRECISIONS } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import type { ScoringContext } from '../scoring-context.ts';

/**
 * What a model's weights are on the device: as the request says, else as the server was told, else as they are stored.
 * @param field that names the request's choice, for errors
 * @throws BonsaiError REQUEST_INVALID
 */
export function precisionOf(
  { defaultPrecision }: ScoringContext,
  { precision }: scoringProto.ModelRef,
  checkpoint: Checkpoint,
  field: string,
): WeightPrecision {
  return PRECISIONS.toDomainOr(precision, undefined, field) ?? defaultPrecision ?? losslessPrecision(checkpoint);
}
