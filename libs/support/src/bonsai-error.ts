/** What went wrong, in the vocabulary of gRPC's canonical codes, so that one table maps an error to a status. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'DATA_LOSS'
  | 'INTERNAL';

/**
 * Stable, machine-readable reasons. A caller may branch on them; the message is for people.
 * Kept in one list so that every reason has exactly one spelling.
 */
export const ERROR_REASONS = [
  // checkpoints
  'CHECKPOINT_NOT_FOUND',
  'CHECKPOINT_CORRUPT',
  'SHARD_MISSING',
  'TENSOR_MISSING',
  'TENSOR_SHAPE',
  'TENSOR_DTYPE',
  'TENSOR_NOT_FINITE',
  'WEIGHT_OUT_OF_RANGE',
  'UNKNOWN_ARCHITECTURE',
  'CONFIG_INVALID',
  'MODEL_REVISION_MISMATCH',
  'MODEL_OUTSIDE_ROOT',
  'TOKENIZER_INVALID',
  // calibration and evaluation
  'TEXT_EMPTY',
  'TEXT_TOO_SHORT',
  'TOKEN_OUT_OF_RANGE',
  'WINDOW_LENGTH',
  'MASK_LENGTH',
  'MASK_HEADS_UNEVEN',
  'MASK_REMOVES_EVERYTHING',
  // planning
  'SPARSITY_OUT_OF_RANGE',
  'SPARSITY_UNREACHABLE',
  'SETTING_INVALID',
  'PLAN_INVALID',
  'JOB_NOT_FOUND',
  'JOB_STATE',
  'JOB_ID_TAKEN',
  'CALIBRATION_NOT_FOUND',
  'STORE_FAILED',
  // device
  'ADAPTER_NOT_FOUND',
  'DEVICE_OUT_OF_MEMORY',
  'DEVICE_LOST',
  'DEVICE_VALIDATION',
  // services
  'SCORER_UNAVAILABLE',
  'METRIC_UNAVAILABLE',
  'METRIC_INVALID',
  'METRIC_CHANGED',
  'SERVICE_UNAVAILABLE',
  'ADDRESS_INVALID',
  'ADDRESS_IN_USE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'REQUEST_INVALID',
  'REQUEST_TOO_LARGE',
  'REQUEST_UNREADABLE',
  // latency
  'LATENCY_RUNTIME_UNAVAILABLE',
  'LATENCY_RUNTIME_FAILED',
  'LATENCY_UNSTEADY',
  'LATENCY_TABLE_INVALID',
  'LATENCY_TABLE_MISMATCH',
  // output
  'OUTPUT_EXISTS',
  'OUTPUT_FAILED',
  'LAYOUT_NOT_SUPPORTED',
  'INTERNAL',
] as const;

export type ErrorReason = (typeof ERROR_REASONS)[number];

/** Whether a text, for instance from another process, is a reason of this version. */
export function isErrorReason(text: string): text is ErrorReason {
  const reasons: readonly string[] = ERROR_REASONS;
  return reasons.includes(text);
}

export interface BonsaiErrorDetails {
  readonly code: ErrorCode;
  readonly reason: ErrorReason;
  /** The request field, config key, tensor or option at fault, as the user wrote it. */
  readonly field?: string;
  readonly cause?: unknown;
}

/** The only error type that crosses a layer on purpose. The message is one sentence that says what to do about it. */
export class BonsaiError extends Error {
  readonly code: ErrorCode;
  readonly reason: ErrorReason;
  readonly field: string | undefined;

  constructor(message: string, details: BonsaiErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BonsaiError';
    this.code = details.code;
    this.reason = details.reason;
    this.field = details.field;
  }
}

/** An argument that is wrong whatever the state of the system. */
export function invalidArgument(reason: ErrorReason, field: string, message: string): BonsaiError {
  return new BonsaiError(message, { code: 'INVALID_ARGUMENT', reason, field });
}
