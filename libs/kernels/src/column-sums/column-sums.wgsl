// sums[0..2] += per column: sum |x|, sum x, sum x^2. One invocation per vec4 of columns; rows are summed in blocks, in
// order, so that the error grows with the number of blocks and the result is the same every time.
struct Parameters {
  rows: u32,
  stride4: u32,
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
  var magnitude = vec4f();
  var total = vec4f();
  var square = vec4f();
  for (var first = 0u; first < parameters.rows; first += BLOCK_ROWS) {
    var blockMagnitude = vec4f();
    var blockTotal = vec4f();
    var blockSquare = vec4f();
    let end = min(first + BLOCK_ROWS, parameters.rows);
    for (var row = first; row < end; row++) {
      let value = x[row * stride + column];
      blockMagnitude += abs(value);
      blockTotal += value;
      blockSquare = fma(value, value, blockSquare);
    }
    magnitude += blockMagnitude;
    total += blockTotal;
    square += blockSquare;
  }
  sums[column] += magnitude;
  sums[stride + column] += total;
  sums[2u * stride + column] += square;
}
