// Whether a workgroup as large as a subgroup is one subgroup whose lanes are numbered like its invocations: what the
// broadcasting kernels rely on and WebGPU does not promise.
override LANES: u32 = 8u;

@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroupLane: u32,
  @builtin(subgroup_size) subgroupSize: u32,
) {
  out[group.x * LANES + lane] = vec4u(lane, subgroupLane, subgroupSize, subgroupBroadcastFirst(lane) + subgroupAdd(1u));
}
