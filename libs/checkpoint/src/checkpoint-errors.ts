import { BonsaiError } from '@bonsai/support';
import type { ErrorReason } from '@bonsai/support';

/** A file that is damaged or lies about itself. */
export function corrupt(field: string, message: string, cause?: unknown): BonsaiError {
  return new BonsaiError(message, { code: 'DATA_LOSS', reason: 'CHECKPOINT_CORRUPT', field, cause });
}

/** A checkpoint that is whole but that cannot be used as it is. */
export function unusable(reason: ErrorReason, field: string, message: string): BonsaiError {
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason, field });
}
