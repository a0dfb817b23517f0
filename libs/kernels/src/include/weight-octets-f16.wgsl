// `weight` is [inputs, outputs], zero-padded to whole tiles, in units of eight outputs of 16 bits: on a CPU driver a load
// costs by the number of its 32-bit words, whatever is in them.
alias WeightUnit = vec4u;
alias WeightSource = u32;

fn weightStride() -> u32 {
  return parameters.weightStride4 / 2u;
}

fn weightSource(column4: u32) -> WeightSource {
  return column4 / 2u;
}

fn weightOctet(start: u32, source: WeightSource) -> vec4u {
  return weight[start + source];
}
