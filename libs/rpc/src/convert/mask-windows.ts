import type { Measurement } from '@bonsai/pruning';

/**
 * Windows that one request of masks may have. A score takes at most 17 or 26 bytes on the wire and all of a mask come in one
 * message, which gRPC limits to 4 MiB.
 */
export const MAX_MASK_WINDOWS: Readonly<Record<Measurement, number>> = { nll: 200_000, kl: 150_000 };
