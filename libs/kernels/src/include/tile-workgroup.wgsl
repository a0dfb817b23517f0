// Register tile of an ordinary GPU: the invocations share operands through workgroup memory; each owns 16 rows of one vec4
// of columns, so that one vec4 read of the input feeds four multiply-adds of vec4.
override TILE_ROWS: u32 = 64u;
override TILE_COLUMNS4: u32 = 16u;
override INVOCATIONS: u32 = TILE_ROWS / 16u * TILE_COLUMNS4;
const STEP4 = 4u;
const ROW_BLOCKS = 1u;

var<workgroup> tileInput: array<vec4f, TILE_ROWS * STEP4>;
var<workgroup> tileWeight: array<vec4f, 4u * STEP4 * TILE_COLUMNS4>;

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * TILE_ROWS + lane / TILE_COLUMNS4 * 16u;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return tile * TILE_COLUMNS4 + lane % TILE_COLUMNS4;
}

// Nothing is known of rows before they are multiplied.
fn openRows(tile: vec3u, lane: u32) {}

fn loadTiles(firstRow: u32, firstK4: u32, end: u32, lane: u32, source: WeightSource) {
  for (var i = lane; i < TILE_ROWS * STEP4; i += INVOCATIONS) {
    let k4 = firstK4 + i % STEP4;
    let inside = k4 < end;
    let value = rowVec4(rowStart(firstRow + i / STEP4), select(0u, k4, inside));
    tileInput[i] = select(vec4f(), value, inside);
  }
  for (var i = lane; i < 4u * STEP4 * TILE_COLUMNS4; i += INVOCATIONS) {
    let k = min(4u * firstK4 + i / TILE_COLUMNS4, 4u * end - 1u);
    tileWeight[i] = weightVec4(inputStart(k, weightStride()), source);
  }
}

fn multiplyTile(tile: vec3u, lane: u32) -> Sums {
  var sums = Block();
  let rows = lane / TILE_COLUMNS4 * 16u * STEP4;
  let column4 = lane % TILE_COLUMNS4;
  // Of the weights that this invocation loads, which are below each other.
  let source = weightSource(tileColumn4(tile.y, lane));
  let end = tileInputs4(tile);
  for (var k4 = 0u; k4 < end; k4 += STEP4) {
    loadTiles(tile.x * TILE_ROWS, k4, end, lane, source);
    workgroupBarrier();
    for (var step = 0u; step < STEP4; step++) {
      let input = rows + step;
      let b0 = tileWeight[(4u * step) * TILE_COLUMNS4 + column4];
      let b1 = tileWeight[(4u * step + 1u) * TILE_COLUMNS4 + column4];
      let b2 = tileWeight[(4u * step + 2u) * TILE_COLUMNS4 + column4];
      let b3 = tileWeight[(4u * step + 3u) * TILE_COLUMNS4 + column4];
      sums[0] = addScaledRows(sums[0], tileInput[input + 0u], b0, b1, b2, b3);
      sums[1] = addScaledRows(sums[1], tileInput[input + 4u], b0, b1, b2, b3);
      sums[2] = addScaledRows(sums[2], tileInput[input + 8u], b0, b1, b2, b3);
      sums[3] = addScaledRows(sums[3], tileInput[input + 12u], b0, b1, b2, b3);
      sums[4] = addScaledRows(sums[4], tileInput[input + 16u], b0, b1, b2, b3);
      sums[5] = addScaledRows(sums[5], tileInput[input + 20u], b0, b1, b2, b3);
      sums[6] = addScaledRows(sums[6], tileInput[input + 24u], b0, b1, b2, b3);
      sums[7] = addScaledRows(sums[7], tileInput[input + 28u], b0, b1, b2, b3);
      sums[8] = addScaledRows(sums[8], tileInput[input + 32u], b0, b1, b2, b3);
      sums[9] = addScaledRows(sums[9], tileInput[input + 36u], b0, b1, b2, b3);
      sums[10] = addScaledRows(sums[10], tileInput[input + 40u], b0, b1, b2, b3);
      sums[11] = addScaledRows(sums[11], tileInput[input + 44u], b0, b1, b2, b3);
      sums[12] = addScaledRows(sums[12], tileInput[input + 48u], b0, b1, b2, b3);
      sums[13] = addScaledRows(sums[13], tileInput[input + 52u], b0, b1, b2, b3);
      sums[14] = addScaledRows(sums[14], tileInput[input + 56u], b0, b1, b2, b3);
      sums[15] = addScaledRows(sums[15], tileInput[input + 60u], b0, b1, b2, b3);
    }
    workgroupBarrier();
  }
  return Sums(sums);
}
