// x[r] += bias, one invocation per vec4 of x. With a selection, x holds only the columns that the mask of the row keeps.
struct Parameters {
  rows: u32,
  stride4: u32,
  // Rows of one mask.
  rowsPerMask: u32,
  // 0 where nothing is selected.
  keptStride4: u32,
}

@group(0) @binding(0) var<storage, read> bias: array<f32>;
@group(0) @binding(1) var<storage, read> kept: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;
var<immediate> parameters: Parameters;

fn biasAt(columns: vec4u) -> vec4f {
  return vec4f(bias[columns.x], bias[columns.y], bias[columns.z], bias[columns.w]);
}

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, groups, lane);
  if (index >= parameters.rows * parameters.stride4) {
    return;
  }
  let row = index / parameters.stride4;
  let column4 = index - row * parameters.stride4;
  let columns = 4u * column4 + vec4u(0u, 1u, 2u, 3u);
  if (parameters.keptStride4 == 0u) {
    x[index] += biasAt(columns);
    return;
  }
  let selection = row / parameters.rowsPerMask * parameters.keptStride4;
  let source = kept[selection + min(column4 + 1u, parameters.keptStride4 - 1u)];
  x[index] += select(vec4f(), biasAt(source), columns < vec4u(kept[selection].y));
}
