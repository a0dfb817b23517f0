// Weights in f32, as they are stored.
alias WeightPair = vec2f;
alias WeightQuad = vec4f;

fn pairOf(stored: WeightPair) -> vec2f {
  return stored;
}

fn quadOf(stored: WeightQuad) -> vec4f {
  return stored;
}

fn storedQuad(values: vec4f) -> WeightQuad {
  return values;
}
