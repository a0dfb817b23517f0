// Entry point of the kernels that store one tile of x W^T row by row.
@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  openTile(group);
  openRows(group, lane);
  let sums = multiplyTile(group, lane);
  let row = tileRow(group.x, lane);
  let place = placeOf(tileColumn4(group.y, lane));
  for (var i = 0u; i < min(16u * ROW_BLOCKS, parameters.rows - min(row, parameters.rows)); i++) {
    storeRow(storedRow(row + i), place, sums[i / 16u][i % 16u]);
  }
}
