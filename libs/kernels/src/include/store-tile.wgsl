// Entry point of the kernels that store one tile of x W^T row by row.
@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  openTile(group);
  openRows(group, lane);
  let sums = multiplyTile(group, lane);
  let row = tileRow(group.x, lane);
  var places = array<Place, COLUMN_BLOCKS>();
  for (var c = 0u; c < COLUMN_BLOCKS; c++) {
    places[c] = placeOf(tileColumn4(group.y, lane) + c);
  }
  for (var i = 0u; i < min(16u * ROW_BLOCKS, parameters.rows - min(row, parameters.rows)); i++) {
    for (var c = 0u; c < COLUMN_BLOCKS; c++) {
      storeRow(storedRow(row + i), places[c], sums[i / 16u * COLUMN_BLOCKS + c][i % 16u]);
    }
  }
}
