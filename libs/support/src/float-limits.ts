/** Magnitude from which on rounding to F16 gives an infinity: half a step above the largest half, 65504. */
export const F16_OVERFLOW = 65_520;

/** The same for BF16, where only the top of the f32 range is lost. */
export const BF16_OVERFLOW = (2 - 2 ** -8) * 2 ** 127;
