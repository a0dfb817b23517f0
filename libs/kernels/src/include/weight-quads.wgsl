// `weight` is [inputs, outputs], zero-padded to whole tiles, in vec4 of outputs.
alias WeightUnit = WeightQuad;
alias WeightSource = u32;

fn weightStride() -> u32 {
  return parameters.weightStride4;
}

// Where the columns that an invocation owns are in a row of the weight; to be asked once, outside of loops.
fn weightSource(column4: u32) -> WeightSource {
  return column4;
}

fn weightVec4(start: u32, source: WeightSource) -> vec4f {
  return quadOf(weight[start + source]);
}
