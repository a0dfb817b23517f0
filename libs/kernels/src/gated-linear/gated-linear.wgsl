// out = silu(x Wg^T) * (x Wu^T) * factor of the row's mask. The columns of `weight` alternate gate and up, so that one
// vec4 of sums is (gate, up) of two outputs.
struct Parameters {
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  outStride2: u32,
  // First output of this segment of the weight, in pairs.
  outColumn2: u32,
  // 0 for no factors.
  masks: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightVec4>;
@group(0) @binding(2) var<storage, read> factors: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec2f>;
var<immediate> parameters: Parameters;

fn storeRow(i: u32, sum: vec4f, firstRow: u32, pair: u32) {
  let row = firstRow + i;
  let column = parameters.outColumn2 + pair;
  if (row < parameters.rows && column < parameters.outStride2) {
    let gate = sum.xz;
    var value = gate / (1.0 + exp(-gate)) * sum.yw;
    if (parameters.masks > 0u) {
      value *= factors[maskOfRow(row, parameters.rows, parameters.masks) * parameters.outStride2 + column];
    }
    out[row * parameters.outStride2 + column] = value;
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sums = multiplyTile(group.xy, lane);
  let row = tileRow(group.x, lane);
  let column4 = tileColumn4(group.y, lane);
  storeRow(0u, sums[0], row, column4);
  storeRow(1u, sums[1], row, column4);
  storeRow(2u, sums[2], row, column4);
  storeRow(3u, sums[3], row, column4);
  storeRow(4u, sums[4], row, column4);
  storeRow(5u, sums[5], row, column4);
  storeRow(6u, sums[6], row, column4);
  storeRow(7u, sums[7], row, column4);
  storeRow(8u, sums[8], row, column4);
  storeRow(9u, sums[9], row, column4);
  storeRow(10u, sums[10], row, column4);
  storeRow(11u, sums[11], row, column4);
  storeRow(12u, sums[12], row, column4);
  storeRow(13u, sums[13], row, column4);
  storeRow(14u, sums[14], row, column4);
  storeRow(15u, sums[15], row, column4);
}
