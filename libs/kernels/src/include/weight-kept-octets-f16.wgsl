// As weight-octets-f16.wgsl for outputs that are four pairs of columns from anywhere in `weight`.
alias WeightUnit = u32;
alias WeightSource = vec4u;

fn weightStride() -> u32 {
  return 2u * parameters.weightStride4;
}

fn weightSource(column4: u32) -> WeightSource {
  return vec4u(segmentPairsAt(column4), segmentPairsAt(column4 + 1u));
}

fn weightOctet(start: u32, source: WeightSource) -> vec4u {
  return vec4u(weight[start + source.x], weight[start + source.y], weight[start + source.z], weight[start + source.w]);
}
