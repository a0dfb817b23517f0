// out[r] = x[r] / sqrt(mean(x[r]^2) + epsilon) * gain, one invocation per row.
struct Parameters {
  rows: u32,
  cols: u32,
  stride4: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> gain: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

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
  var squares = vec4f();
  for (var i = 0u; i < parameters.stride4; i++) {
    let value = x[first + i];
    squares = fma(value, value, squares);
  }
  let mean = sum4(squares) / f32(parameters.cols);
  let scale = 1.0 / sqrt(mean + parameters.epsilon);
  for (var i = 0u; i < parameters.stride4; i++) {
    out[first + i] = x[first + i] * scale * gain[i];
  }
}
