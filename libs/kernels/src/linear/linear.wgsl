// out = x W^T, plus a residual.
struct Parameters {
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  outStride4: u32,
  // First column of this segment of the weight, in vec4.
  outColumn4: u32,
  // 0: nothing to add; 1: add `residual`; 2: add what `out` holds. Not an override: one kernel compiles once.
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read> residual: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

fn storeRow(row: u32, column4: u32, sum: vec4f) {
  let column = parameters.outColumn4 + column4;
  if (column < parameters.outStride4) {
    let at = row * parameters.outStride4 + column;
    var value = sum;
    if (parameters.add == 1u) {
      value += residual[at];
    }
    if (parameters.add == 2u) {
      value += out[at];
    }
    out[at] = value;
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
