// Tile of a CPU driver: the workgroup is one small subgroup, owns 16 rows, and every lane one vec4 of columns. No workgroup
// memory: a load from it would cost as much as one from a buffer.
const INVOCATIONS = LANES;
const TILE_ROWS = 16u;
const TILE_COLUMNS4 = LANES;

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * TILE_ROWS;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return tile * TILE_COLUMNS4 + lane;
}

fn multiplyTile(tile: vec2u, lane: u32) -> array<vec4f, 16> {
  var sums = array<vec4f, 16>();
  let row = tile.x * TILE_ROWS;
  let column4 = tile.y * TILE_COLUMNS4 + lane;
  for (var k4 = 0u; k4 < parameters.inputs4; k4++) {
    let rows = loadRows16(row, k4, lane);
    let b0 = weightVec4(4u * k4, column4);
    let b1 = weightVec4(4u * k4 + 1u, column4);
    let b2 = weightVec4(4u * k4 + 2u, column4);
    let b3 = weightVec4(4u * k4 + 3u, column4);
    accumulateRows(&sums, rows, b0, b1, b2, b3);
  }
  return sums;
}
