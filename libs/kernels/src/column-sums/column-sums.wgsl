// sums[0..2] += per column: sum |x|, sum x, sum x^2. One invocation per vec4 of columns. Rows are summed in blocks that
// begin with every window, and blocks are added in order: the error grows with the number of blocks, and the result does
// not depend on which windows share the call.
struct Parameters {
  rows: u32,
  stride4: u32,
  windowLength: u32,
}

const BLOCK_ROWS = 64u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;
var<immediate> parameters: Parameters;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = flatIndex(group, groups, lane);
  let stride = parameters.stride4;
  if (column >= stride) {
    return;
  }
  let rows = parameters.rows;
  let windowLength = parameters.windowLength;
  var magnitude = sums[column];
  var total = sums[stride + column];
  var square = sums[2u * stride + column];
  var first = 0u;
  var windowEnd = windowLength;
  while (first < rows) {
    var blockMagnitude = vec4f();
    var blockTotal = vec4f();
    var blockSquare = vec4f();
    let end = min(first + BLOCK_ROWS, windowEnd);
    for (var row = first; row < end; row++) {
      let value = x[row * stride + column];
      blockMagnitude += abs(value);
      blockTotal += value;
      blockSquare = fma(value, value, blockSquare);
    }
    magnitude += blockMagnitude;
    total += blockTotal;
    square += blockSquare;
    windowEnd += select(0u, windowLength, end == windowEnd);
    first = end;
  }
  sums[column] = magnitude;
  sums[stride + column] = total;
  sums[2u * stride + column] = square;
}
