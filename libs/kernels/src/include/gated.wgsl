// (gate, up) of two outputs to silu(gate) * up.
fn gated(sum: vec4f) -> vec2f {
  let gate = sum.xz;
  return gate / (1.0 + exp(-gate)) * sum.yw;
}
