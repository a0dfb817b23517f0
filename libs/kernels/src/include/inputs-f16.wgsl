// Inputs as matrix units get them: rounded to 11 bits, ties to even. Their rows are scaled, so that exponents do not matter.
fn factors(inputs: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(inputs);
  return bitcast<vec4f>((bits + vec4u(0xfffu) + ((bits >> vec4u(13u)) & vec4u(1u))) & vec4u(0xffffe000u));
}
