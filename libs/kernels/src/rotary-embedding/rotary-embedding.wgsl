// Rotates the pairs (i, i + pairs) of every query and key head in place, one invocation per pair; the grid is (pair,
// position, window), which spares the divisions that cost most on a CPU driver.
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let pairs = parameters.pairs;
  if (id.x >= (queriesOf(id.z) + groupsOf(id.z)) * pairs) {
    return;
  }
  let head = id.x / pairs;
  let i = id.x - head * pairs;
  let angle = id.y * parameters.tableStride + i;
  let cosine = angles[angle];
  let sine = angles[angle + pairs];
  let at = (id.z * parameters.windowLength + id.y) * parameters.stride + head * parameters.headDim + i;
  let low = qkv[at];
  let high = qkv[at + pairs];
  qkv[at] = low * cosine - high * sine;
  qkv[at + pairs] = high * cosine + low * sine;
}
