// Weights of 16 bits, as they are stored: two per word, the first one in its low half. On a CPU driver a load costs by the
// number of its words, whatever is in them; and words ask for no device feature.
alias WeightPair = u32;
alias WeightQuad = vec2u;

fn quadOf(stored: WeightQuad) -> vec4f {
  return vec4f(pairOf(stored.x), pairOf(stored.y));
}

fn storedQuad(values: vec4f) -> WeightQuad {
  return vec2u(storedPair(values.xy), storedPair(values.zw));
}
