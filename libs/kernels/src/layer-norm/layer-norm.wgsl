// out[r] = (x[r] - mean) / sqrt(variance + epsilon) * gain + bias, one invocation per row. Columns of out beyond those of x
// are the bias alone.
struct Parameters {
  rows: u32,
  cols: u32,
  stride4: u32,
  outStride4: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> gain: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

// Four columns of a row without its mean; 0 beyond the last column.
fn centred(first: u32, column4: u32, mean: f32) -> vec4f {
  let inside = 4u * column4 + vec4u(0u, 1u, 2u, 3u) < vec4u(parameters.cols);
  return select(vec4f(), x[first + min(column4, parameters.stride4 - 1u)] - mean, inside);
}

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flatIndex(group, groups, lane);
  if (row >= parameters.rows) {
    return;
  }
  let first = row * parameters.stride4;
  var sums = vec4f();
  for (var i = 0u; i < parameters.stride4; i++) {
    sums += x[first + i];
  }
  let mean = sum4(sums) / f32(parameters.cols);
  var squares = vec4f();
  for (var i = 0u; i < parameters.stride4; i++) {
    let value = centred(first, i, mean);
    squares = fma(value, value, squares);
  }
  let variance = sum4(squares) / f32(parameters.cols);
  let scale = 1.0 / sqrt(variance + parameters.epsilon);
  for (var i = 0u; i < parameters.outStride4; i++) {
    out[row * parameters.outStride4 + i] = fma(centred(first, i, mean) * scale, gain[i], bias[i]);
  }
}
