// Rows and inputs of x W^T for the tile schemes, in the plain case that every row meets every input.

// Where a row begins; rows beyond the last repeat the last (their results are not stored).
fn rowStart(row: u32) -> u32 {
  return min(row, parameters.rows - 1u) * parameters.inputs4;
}

// Inputs 4 k4 .. 4 k4 + 3 of the row that begins there.
fn rowVec4(start: u32, k4: u32) -> vec4f {
  return x[start + k4];
}

// What is known of a workgroup before its tile.
fn openTile(tile: vec3u) {}

// vec4 of inputs that a tile sums over.
fn tileInputs4(tile: vec3u) -> u32 {
  return parameters.inputs4;
}

// Where a row of the tile is in `x` and `out`.
fn storedRow(row: u32) -> u32 {
  return row;
}

// Where the row of the weight begins that input `k` meets, in a weight with so many units per row.
fn inputStart(k: u32, weightStride: u32) -> u32 {
  return k * weightStride;
}

// The same of inputs 4 k4 .. 4 k4 + 3.
fn inputStarts(k4: u32, weightStride: u32) -> vec4u {
  let first = 4u * k4 * weightStride;
  return vec4u(first, first + weightStride, first + 2u * weightStride, first + 3u * weightStride);
}
