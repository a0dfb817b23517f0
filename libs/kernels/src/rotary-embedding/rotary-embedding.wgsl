// Rotates the pairs (i, i + pairs) of every query and key head in place, one invocation per pair; the grid is (pair,
// position, window), which spares the divisions that cost most on a CPU driver. A grid takes 65535 positions: an invocation
// also has those that are so many further.
struct Parameters {
  stride: u32,
  tableStride: u32,
  windowLength: u32,
  queryHeads: u32,
  kvGroups: u32,
  headDim: u32,
  // Of a head; elements behind them stay.
  pairs: u32,
  // Windows of one mask; 0 where nothing is selected.
  windowsPerMask: u32,
  keptStride4: u32,
}

@group(0) @binding(0) var<storage, read> angles: array<f32>;
@group(0) @binding(1) var<storage, read> kept: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> qkv: array<f32>;
var<immediate> parameters: Parameters;

fn rotate(position: u32, window: u32, head: u32, i: u32) {
  let angle = position * parameters.tableStride + i;
  let cosine = angles[angle];
  let sine = angles[angle + parameters.pairs];
  let at = (window * parameters.windowLength + position) * parameters.stride + head * parameters.headDim + i;
  let low = qkv[at];
  let high = qkv[at + parameters.pairs];
  qkv[at] = low * cosine - high * sine;
  qkv[at + parameters.pairs] = high * cosine + low * sine;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pairs = parameters.pairs;
  if (id.x >= (queriesOf(id.z) + groupsOf(id.z)) * pairs) {
    return;
  }
  let head = id.x / pairs;
  for (var position = id.y; position < parameters.windowLength; position += groups.y) {
    rotate(position, id.z, head, id.x - head * pairs);
  }
}
