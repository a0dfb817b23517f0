// A bf16 is the upper half of an f32.
fn pairOf(stored: u32) -> vec2f {
  return bitcast<vec2f>(vec2u(stored << 16u, stored & 0xffff0000u));
}

// To the nearest, ties to even.
fn storedPair(values: vec2f) -> u32 {
  let bits = bitcast<vec2u>(values);
  let rounded = bits + 0x7fffu + ((bits >> vec2u(16u)) & vec2u(1u));
  return (rounded.x >> 16u) | (rounded.y & 0xffff0000u);
}

// Matrix units take f16: times 2^8, a bf16 below 2^8 is a finite f16, and the same number if it is no less than 2^-25. What
// is smaller is off by 2^-33 at most.
const MATRIX_SCALE = 256.0;
