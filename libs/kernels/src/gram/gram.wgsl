// sums += x^T y, window after window, so that the result does not depend on which windows share the call. An invocation
// owns 16 rows of the result and one vec4 of its columns.
struct Parameters {
  rows: u32,
  stride4: u32,
  sumStride4: u32,
  windowLength: u32,
  // Rows of the result: the tile that they begin with, and where they end.
  firstSumTile: u32,
  endSum: u32,
  // Rows of the result that `sums` begins behind.
  aboveSums: u32,
  // 1 where y is x: what is right of the diagonal is left out then, by whole tiles.
  ownGram: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4f>;
var<immediate> parameters: Parameters;

fn leftOrZero(row: u32, end: u32, column4: u32) -> vec4f {
  let value = x[min(row, end - 1u) * parameters.stride4 + min(column4, parameters.stride4 - 1u)];
  return select(vec4f(), value, row < end);
}

fn rightOrZero(row: u32, end: u32, column4: u32) -> vec4f {
  let value = y[min(row, end - 1u) * parameters.sumStride4 + min(column4, parameters.sumStride4 - 1u)];
  return select(vec4f(), value, row < end);
}

fn storeRow(i: u32, sum: vec4f, firstRow: u32, column4: u32) {
  let row = firstRow + i;
  if (row < parameters.endSum && column4 < parameters.sumStride4) {
    sums[(row - parameters.aboveSums) * parameters.sumStride4 + column4] += sum;
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = vec2u(parameters.firstSumTile + group.x, group.y);
  let row = tileRow(tile.x, lane);
  let column4 = tileColumn4(tile.y, lane);
  if (parameters.ownGram == 1u && 4u * tileColumn4(tile.y, 0u) >= tileRow(tile.x + 1u, 0u)) {
    return;
  }
  let rows = parameters.rows;
  let windowLength = parameters.windowLength;
  for (var first = 0u; first < rows; first += windowLength) {
    let added = gramTile(tile, lane, first, first + windowLength);
    storeRow(0u, added[0], row, column4);
    storeRow(1u, added[1], row, column4);
    storeRow(2u, added[2], row, column4);
    storeRow(3u, added[3], row, column4);
    storeRow(4u, added[4], row, column4);
    storeRow(5u, added[5], row, column4);
    storeRow(6u, added[6], row, column4);
    storeRow(7u, added[7], row, column4);
    storeRow(8u, added[8], row, column4);
    storeRow(9u, added[9], row, column4);
    storeRow(10u, added[10], row, column4);
    storeRow(11u, added[11], row, column4);
    storeRow(12u, added[12], row, column4);
    storeRow(13u, added[13], row, column4);
    storeRow(14u, added[14], row, column4);
    storeRow(15u, added[15], row, column4);
  }
}
