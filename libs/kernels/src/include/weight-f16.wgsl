fn pairOf(stored: u32) -> vec2f {
  return unpack2x16float(stored);
}

// To the nearest, ties to even, by integers: pack2x16float may round as the driver likes, and take subnormals for zero.
fn storedPair(values: vec2f) -> u32 {
  let bits = bitcast<vec2u>(values);
  let sign = (bits >> vec2u(16u)) & vec2u(0x8000u);
  let magnitude = bits & vec2u(0x7fffffffu);
  // The exponent's bias goes from 127 to 15; beyond 65504 all is infinity.
  let normal = min(magnitude - vec2u(112u << 23u) + vec2u(0xfffu) + ((magnitude >> vec2u(13u)) & vec2u(1u)), vec2u(0x7c00u << 13u)) >> vec2u(13u);
  // Below 2^-14 steps are 2^-24: the significand of 24 bits, shifted; what is below half a step shifts out whole.
  let shift = min(vec2u(126u) - min(magnitude >> vec2u(23u), vec2u(113u)), vec2u(25u));
  let significand = (magnitude & vec2u(0x7fffffu)) | vec2u(0x800000u);
  let half = (vec2u(1u) << (shift - vec2u(1u))) - vec2u(1u);
  let subnormal = (significand + half + ((significand >> shift) & vec2u(1u))) >> shift;
  let rounded = sign | select(normal, subnormal, magnitude < vec2u(113u << 23u));
  return rounded.x | (rounded.y << 16u);
}

// Matrix units take f16 as it is.
const MATRIX_SCALE = 1.0;
