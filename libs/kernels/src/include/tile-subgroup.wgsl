// Tile of a CPU driver: the workgroup is one small subgroup, and every lane owns one vec4 of columns of 32 rows. No
// workgroup memory: a load from it would cost as much as one from a buffer. Inputs are loaded before weights because the
// loads branch per lane, and what is live across them should fit the registers.
const INVOCATIONS = LANES;
const ROW_BLOCKS = 2u;

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * 16u * ROW_BLOCKS;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return tile * LANES + lane;
}

// Nothing is known of rows before they are multiplied.
fn openRows(tile: vec3u, lane: u32) {}

fn multiplyTile(tile: vec3u, lane: u32) -> Sums {
  var sums = Sums();
  let row = tileRow(tile.x, lane);
  let upper = startsOf16(row, lane);
  let lower = startsOf16(row + 16u, lane);
  // Named outside the loop: some drivers load immediate data again on every turn.
  let stride = weightStride();
  let source = weightSource(tileColumn4(tile.y, lane));
  let end = tileInputs4(tile);
  for (var k4 = 0u; k4 < end; k4++) {
    let upperRows = loadRows16(upper, k4);
    let lowerRows = loadRows16(lower, k4);
    let starts = inputStarts(k4, stride);
    let b0 = weightVec4(starts.x, source);
    let b1 = weightVec4(starts.y, source);
    let b2 = weightVec4(starts.z, source);
    let b3 = weightVec4(starts.w, source);
    accumulateRows(&sums[0], upperRows, b0, b1, b2, b3);
    accumulateRows(&sums[1], lowerRows, b0, b1, b2, b3);
  }
  return sums;
}
