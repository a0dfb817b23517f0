// x += factor * y, one invocation per vec4.
struct Parameters {
  length4: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
var<immediate> parameters: Parameters;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, groups, lane);
  if (index >= parameters.length4) {
    return;
  }
  x[index] += parameters.factor * y[index];
}
