const INVOCATIONS = LANES;

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * 16u;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return tile * LANES + lane;
}

fn gramTile(tile: vec2u, lane: u32, first: u32, end: u32) -> array<vec4f, 16> {
  var sums = array<vec4f, 16>();
  let own = tileColumn4(tile.y, lane);
  for (var row = first; row < end; row += GRAM_STEP) {
    gramStep(&sums, row, end, tile.x * 4u, own, lane);
  }
  return sums;
}
