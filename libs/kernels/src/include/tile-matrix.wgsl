// Tile of a GPU with matrix units: a subgroup of 32 lanes owns 64 rows of 32 columns, as 4 x 2 products of 16 x 16 with
// f16 operands and f32 sums. An invocation is given 16 rows of one vec4 of columns, as in every tile; only staging the
// sums through workgroup memory can do that, because nobody knows which lane holds which of them.
//
// An f16 ends at 65504, and inputs of a down projection may be larger. Every row is therefore scaled by a power of two
// that brings its largest value between 2^14 and 2^15, and its sums are scaled back, both exactly. What is lost is the
// rounding of an input to 11 bits: at most 2^-11 of sum |x w|, and 2^-39 of the row's largest value for inputs that are
// more than 2^29 times smaller than that one. Weights are scaled too, all alike: see MATRIX_SCALE.
override TILE_ROWS: u32 = 64u;
override TILE_COLUMNS4: u32 = 16u;
override INVOCATIONS: u32 = TILE_ROWS / 16u * TILE_COLUMNS4;
const SUBGROUP_LANES = 32u;
const SUBGROUP_ROWS = 64u;
const SUBGROUP_COLUMNS = 32u;
const ROW_BLOCKS = 1u;
const STEP4 = 8u;
const STEP = 4u * STEP4;
// Lanes that look through a row side by side.
const ROW_LANES = 8u;

var<workgroup> tileInput: array<f16, TILE_ROWS * STEP>;
var<workgroup> tileWeight: array<f16, STEP * 4u * TILE_COLUMNS4>;
// Per subgroup, 16 rows of its products.
var<workgroup> tileSums: array<f32, INVOCATIONS * 16u>;
var<workgroup> rowScales: array<f32, TILE_ROWS>;
// Largest values of rows as bits, which are ordered as values that are not negative are.
var<workgroup> rowTops: array<atomic<u32>, TILE_ROWS>;

fn subgroupRow(lane: u32) -> u32 {
  return lane / SUBGROUP_LANES / (TILE_COLUMNS4 / 8u) * SUBGROUP_ROWS;
}

fn subgroupColumn(lane: u32) -> u32 {
  return lane / SUBGROUP_LANES % (TILE_COLUMNS4 / 8u) * SUBGROUP_COLUMNS;
}

fn tileRow(tile: u32, lane: u32) -> u32 {
  return tile * TILE_ROWS + subgroupRow(lane) + lane % SUBGROUP_LANES / 8u * 16u;
}

fn tileColumn4(tile: u32, lane: u32) -> u32 {
  return tile * TILE_COLUMNS4 + subgroupColumn(lane) / 4u + lane % 8u;
}

// Once in a workgroup, whose memory begins as zeros.
fn openRows(tile: vec3u, lane: u32) {
  let end = tileInputs4(tile);
  for (var row = lane / ROW_LANES; row < TILE_ROWS; row += INVOCATIONS / ROW_LANES) {
    let start = rowStart(tile.x * TILE_ROWS + row);
    var largest = vec4f();
    for (var k4 = lane % ROW_LANES; k4 < end; k4 += ROW_LANES) {
      largest = max(largest, abs(rowVec4(start, k4)));
    }
    atomicMax(&rowTops[row], bitcast<u32>(top4(largest)));
  }
  workgroupBarrier();
  for (var row = lane; row < TILE_ROWS; row += INVOCATIONS) {
    let exponent = frexp(bitcast<f32>(atomicLoad(&rowTops[row]))).exp;
    rowScales[row] = ldexp(1.0, min(15 - exponent, 100));
  }
  workgroupBarrier();
}

// Of a power of two, exactly, as a division need not be: its exponent turned round.
fn inverseOf(power: f32) -> f32 {
  return bitcast<f32>((254u << 23u) - bitcast<u32>(power));
}

fn loadTiles(firstRow: u32, firstK4: u32, end: u32, lane: u32, source: WeightSource) {
  for (var i = lane; i < TILE_ROWS * STEP4; i += INVOCATIONS) {
    let row = i / STEP4;
    let k4 = firstK4 + i % STEP4;
    let inside = k4 < end;
    let value = rowVec4(rowStart(firstRow + row), select(0u, k4, inside));
    let rounded = vec4h(select(vec4f(), value * rowScales[row], inside));
    tileInput[4u * i] = rounded.x;
    tileInput[4u * i + 1u] = rounded.y;
    tileInput[4u * i + 2u] = rounded.z;
    tileInput[4u * i + 3u] = rounded.w;
  }
  for (var i = lane; i < STEP * TILE_COLUMNS4; i += INVOCATIONS) {
    let k = min(4u * firstK4 + i / TILE_COLUMNS4, 4u * end - 1u);
    let values = vec4h(MATRIX_SCALE * weightVec4(inputStart(k, weightStride()), source));
    tileWeight[4u * i] = values.x;
    tileWeight[4u * i + 1u] = values.y;
    tileWeight[4u * i + 2u] = values.z;
    tileWeight[4u * i + 3u] = values.w;
  }
}

fn multiplyTile(tile: vec3u, lane: u32) -> Sums {
  var products = Products();
  // Of the weights that this invocation loads, which are below each other.
  let source = weightSource(tile.y * TILE_COLUMNS4 + lane % TILE_COLUMNS4);
  let end = tileInputs4(tile);
  for (var k4 = 0u; k4 < end; k4 += STEP4) {
    loadTiles(tile.x * TILE_ROWS, k4, end, lane, source);
    workgroupBarrier();
    addProducts(&products, lane);
    workgroupBarrier();
  }
  var sums = Block();
  for (var block = 0u; block < 4u; block++) {
    storeProducts(&products, block, lane);
    workgroupBarrier();
    if (lane % SUBGROUP_LANES / 8u == block) {
      for (var i = 0u; i < 16u; i++) {
        let at = lane / SUBGROUP_LANES * 16u * SUBGROUP_COLUMNS + i * SUBGROUP_COLUMNS + lane % 8u * 4u;
        let sum = vec4f(tileSums[at], tileSums[at + 1u], tileSums[at + 2u], tileSums[at + 3u]);
        sums[i] = sum * inverseOf(MATRIX_SCALE * rowScales[subgroupRow(lane) + 16u * block + i]);
      }
    }
    workgroupBarrier();
  }
  return Sums(sums);
}
