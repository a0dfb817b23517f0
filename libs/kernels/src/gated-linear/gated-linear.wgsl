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
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read> factors: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec2f>;
var<immediate> parameters: Parameters;

fn storeRow(row: u32, pair: u32, sum: vec4f) {
  let column = parameters.outColumn2 + pair;
  if (column < parameters.outStride2) {
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
  for (var i = 0u; i < min(16u * ROW_BLOCKS, parameters.rows - min(row, parameters.rows)); i++) {
    for (var c = 0u; c < COLUMN_BLOCKS; c++) {
      storeRow(row + i, column4 + c, sums[i / 16u * COLUMN_BLOCKS + c][i % 16u]);
    }
  }
}
