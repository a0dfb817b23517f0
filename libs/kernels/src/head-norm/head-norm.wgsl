// Divides every query and key head by the root of its mean square and multiplies it by a gain, in place, one invocation per
// head of a row.
struct Parameters {
  rows: u32,
  stride: u32,
  windowLength: u32,
  queryHeads: u32,
  kvGroups: u32,
  headDim: u32,
  gainStride: u32,
  epsilon: f32,
  // Windows of one mask; 0 where nothing is selected.
  windowsPerMask: u32,
  keptStride4: u32,
}

@group(0) @binding(0) var<storage, read> gains: array<f32>;
@group(0) @binding(1) var<storage, read> kept: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> qkv: array<f32>;
var<immediate> parameters: Parameters;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) gridGroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, gridGroups, lane);
  let heads = parameters.queryHeads + parameters.kvGroups;
  let row = index / heads;
  if (row >= parameters.rows) {
    return;
  }
  let head = index - row * heads;
  let window = row / parameters.windowLength;
  let queries = queriesOf(window);
  if (head >= queries + groupsOf(window)) {
    return;
  }
  let first = row * parameters.stride + head * parameters.headDim;
  var squares = 0.0;
  for (var i = 0u; i < parameters.headDim; i++) {
    squares = fma(qkv[first + i], qkv[first + i], squares);
  }
  let scale = 1.0 / sqrt(squares / f32(parameters.headDim) + parameters.epsilon);
  let gain = select(0u, parameters.gainStride, head >= queries);
  for (var i = 0u; i < parameters.headDim; i++) {
    qkv[first + i] *= scale * gains[gain + i];
  }
}
