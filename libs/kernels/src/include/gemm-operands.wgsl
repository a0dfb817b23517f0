// Operands of x W^T for the tile schemes: rows of `x` beyond the last repeat the last (their results are not stored);
// `weight` is [inputs, outputs], zero-padded to whole tiles.
fn rowVec4(row: u32, column4: u32) -> vec4f {
  return x[min(row, parameters.rows - 1u) * parameters.inputs4 + column4];
}

fn weightVec4(k: u32, column4: u32) -> vec4f {
  return vec4f(weight[k * parameters.weightStride4 + column4]);
}
