// `weight` is [inputs, outputs], zero-padded to whole tiles, in vec4 of outputs.
alias WeightUnit = WeightVec4;

fn weightVec4(at: u32) -> vec4f {
  return vec4f(weight[at]);
}
