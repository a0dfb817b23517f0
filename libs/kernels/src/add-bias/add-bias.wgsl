// x[r] += bias, one invocation per vec4 of x. With a selection, x holds only the columns that the mask of the row keeps.
@group(0) @binding(0) var<storage, read> bias: array<f32>;
@group(0) @binding(1) var<storage, read> kept: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;

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
  let element = elementAt(index);
  x[index] += select(vec4f(), biasAt(element.columns), element.isKept);
}
