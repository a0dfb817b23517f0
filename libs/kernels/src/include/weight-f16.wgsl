fn pairOf(stored: u32) -> vec2f {
  return unpack2x16float(stored);
}

fn storedPair(values: vec2f) -> u32 {
  return pack2x16float(values);
}

// Matrix units take f16 as it is.
const MATRIX_SCALE = 1.0;
