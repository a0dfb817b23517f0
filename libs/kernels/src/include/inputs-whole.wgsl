fn factors(inputs: vec4f) -> vec4f {
  return inputs;
}
