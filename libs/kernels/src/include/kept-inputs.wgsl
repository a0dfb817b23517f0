// Inputs of x W^T where `x` is compact: its column k meets the k-th input that the mask keeps. The zeros behind a mask's
// columns meet some row of the weight.
@group(0) @binding(4) var<storage, read> kept: array<vec4u>;

fn tileInputs4(tile: vec3u) -> u32 {
  return (keptColumns(tile.z) + 3u) / 4u;
}

fn inputStart(k: u32, weightStride: u32) -> u32 {
  return keptVec4(mask, k / 4u)[k % 4u] * weightStride;
}

fn inputStarts(k4: u32, weightStride: u32) -> vec4u {
  return keptVec4(mask, k4) * weightStride;
}
