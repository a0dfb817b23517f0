// Block i of `out` is block sources[i] of `x`.
struct Parameters {
  // vec4 per block and in all of `out`.
  block4: u32,
  length4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> sources: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
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
  let block = index / parameters.block4;
  out[index] = x[index + (sources[block] - block) * parameters.block4];
}
