const INVOCATIONS = 64u;
const TILE_COLUMNS4 = 16u;
const STEP = 16u;

var<workgroup> tileLeft: array<vec4f, STEP * TILE_COLUMNS4>;
var<workgroup> tileRight: array<vec4f, STEP * TILE_COLUMNS4>;

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * 4u * TILE_COLUMNS4 + lane / TILE_COLUMNS4 * 16u;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return tile * TILE_COLUMNS4 + lane % TILE_COLUMNS4;
}

fn gramTile(tile: vec2u, lane: u32, begin: u32, end: u32) -> array<vec4f, 16> {
  var sums = array<vec4f, 16>();
  for (var first = begin; first < end; first += STEP) {
    for (var i = lane; i < STEP * TILE_COLUMNS4; i += INVOCATIONS) {
      let row = first + i / TILE_COLUMNS4;
      let column4 = i % TILE_COLUMNS4;
      tileLeft[i] = leftOrZero(row, end, tile.x * TILE_COLUMNS4 + column4);
      tileRight[i] = rightOrZero(row, end, tile.y * TILE_COLUMNS4 + column4);
    }
    workgroupBarrier();
    for (var row = 0u; row < STEP; row++) {
      let left = row * TILE_COLUMNS4 + lane / TILE_COLUMNS4 * 4u;
      let a0 = tileLeft[left];
      let a1 = tileLeft[left + 1u];
      let a2 = tileLeft[left + 2u];
      let a3 = tileLeft[left + 3u];
      let b = tileRight[row * TILE_COLUMNS4 + lane % TILE_COLUMNS4];
      sums[0] = fma(vec4f(a0.x), b, sums[0]);
      sums[1] = fma(vec4f(a0.y), b, sums[1]);
      sums[2] = fma(vec4f(a0.z), b, sums[2]);
      sums[3] = fma(vec4f(a0.w), b, sums[3]);
      sums[4] = fma(vec4f(a1.x), b, sums[4]);
      sums[5] = fma(vec4f(a1.y), b, sums[5]);
      sums[6] = fma(vec4f(a1.z), b, sums[6]);
      sums[7] = fma(vec4f(a1.w), b, sums[7]);
      sums[8] = fma(vec4f(a2.x), b, sums[8]);
      sums[9] = fma(vec4f(a2.y), b, sums[9]);
      sums[10] = fma(vec4f(a2.z), b, sums[10]);
      sums[11] = fma(vec4f(a2.w), b, sums[11]);
      sums[12] = fma(vec4f(a3.x), b, sums[12]);
      sums[13] = fma(vec4f(a3.y), b, sums[13]);
      sums[14] = fma(vec4f(a3.z), b, sums[14]);
      sums[15] = fma(vec4f(a3.w), b, sums[15]);
    }
    workgroupBarrier();
  }
  return sums;
}
