export { BonsaiError, ERROR_REASONS, invalidArgument, isErrorReason } from './bonsai-error.ts';
export type { BonsaiErrorDetails, ErrorCode, ErrorReason } from './bonsai-error.ts';
export { BYTE_SIZE_FORM, byteSizeOf, parseByteSize } from './byte-size.ts';
export { digest } from './digest.ts';
export type { DigestPart } from './digest.ts';
export { BF16_OVERFLOW, F16_OVERFLOW } from './float-limits.ts';
export { integerBelow, normal, seededRandom, shuffle } from './random.ts';
export type { Random } from './random.ts';
export { maxRelativeError, normalizedMeanSquareError, relativeError } from './relative-error.ts';
