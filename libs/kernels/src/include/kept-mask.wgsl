// A mask's part of a selection is keptStride4 vec4: the counts of its units, columns and groups, then the columns that it
// keeps, in ascending order, and zeros. The third dimension of the grid is the mask.
var<private> mask: u32;
// Columns that it keeps.
var<private> maskColumns: u32;

fn openTile(tile: vec3u) {
  mask = tile.z;
  maskColumns = keptColumns(mask);
}

// Of a mask given by name, so that loops over them are uniform.
fn keptColumns(ofMask: u32) -> u32 {
  return kept[ofMask * parameters.keptStride4].y;
}

// Columns 4 i4 .. 4 i4 + 3 of those kept; beyond the last four, the last four.
fn keptVec4(ofMask: u32, i4: u32) -> vec4u {
  return kept[ofMask * parameters.keptStride4 + min(i4 + 1u, parameters.keptStride4 - 1u)];
}

fn storedRow(row: u32) -> u32 {
  return mask * parameters.rows + row;
}

fn rowStart(row: u32) -> u32 {
  return storedRow(min(row, parameters.rows - 1u)) * parameters.inputs4;
}
