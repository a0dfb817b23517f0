// As weight-quads.wgsl for outputs that are two pairs of columns from anywhere in `weight`.
alias WeightUnit = WeightPair;
alias WeightSource = vec2u;

fn weightStride() -> u32 {
  return 2u * parameters.weightStride4;
}

fn weightSource(column4: u32) -> WeightSource {
  return segmentPairsAt(column4);
}

fn weightVec4(start: u32, source: WeightSource) -> vec4f {
  return vec4f(pairOf(weight[start + source.x]), pairOf(weight[start + source.y]));
}
