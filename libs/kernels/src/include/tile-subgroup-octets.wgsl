// As tile-subgroup.wgsl for 16-bit weights, four words of which hold eight columns: every lane owns these, of 16 rows.
const INVOCATIONS = LANES;
const ROW_BLOCKS = 1u;
const COLUMN_BLOCKS = 2u;
alias Sums = array<Block, COLUMN_BLOCKS>;

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * 16u;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return COLUMN_BLOCKS * (tile * LANES + lane);
}

fn multiplyTile(tile: vec2u, lane: u32) -> Sums {
  var sums = Sums();
  let starts = startsOf16(tileRow(tile.x, lane), lane);
  let stride8 = parameters.weightStride4 / 2u;
  var at = tile.y * LANES + lane;
  for (var k4 = 0u; k4 < parameters.inputs4; k4++) {
    let rows = loadRows16(starts, k4);
    let b0 = weight[at];
    let b1 = weight[at + stride8];
    let b2 = weight[at + 2u * stride8];
    let b3 = weight[at + 3u * stride8];
    accumulateRows(&sums[0], rows, lowerFour(b0), lowerFour(b1), lowerFour(b2), lowerFour(b3));
    accumulateRows(&sums[1], rows, upperFour(b0), upperFour(b1), upperFour(b2), upperFour(b3));
    at += 4u * stride8;
  }
  return sums;
}
