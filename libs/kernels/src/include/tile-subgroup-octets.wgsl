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

fn lowerFour(octet: vec4u) -> vec4f {
  return vec4f(unpack2x16float(octet.x), unpack2x16float(octet.y));
}

fn upperFour(octet: vec4u) -> vec4f {
  return vec4f(unpack2x16float(octet.z), unpack2x16float(octet.w));
}

// Nothing is known of rows before they are multiplied.
fn openRows(tile: vec3u, lane: u32) {}

fn multiplyTile(tile: vec3u, lane: u32) -> Sums {
  var sums = Sums();
  let rowStarts = startsOf16(tileRow(tile.x, lane), lane);
  let stride = weightStride();
  let source = weightSource(tileColumn4(tile.y, lane));
  let end = tileInputs4(tile);
  for (var k4 = 0u; k4 < end; k4++) {
    let rows = loadRows16(rowStarts, k4);
    let starts = inputStarts(k4, stride);
    let b0 = weightOctet(starts.x, source);
    let b1 = weightOctet(starts.y, source);
    let b2 = weightOctet(starts.z, source);
    let b3 = weightOctet(starts.w, source);
    accumulateRows(&sums[0], rows, lowerFour(b0), lowerFour(b1), lowerFour(b2), lowerFour(b3));
    accumulateRows(&sums[1], rows, upperFour(b0), upperFour(b1), upperFour(b2), upperFour(b3));
  }
  return sums;
}
