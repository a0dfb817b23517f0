// Inputs of x W^T where `x` is compact: its column k meets the k-th input that the mask keeps. What follows a mask's columns
// in their last vec4 may be anything: it counts as zeros, and meets some row of the weight.
@group(0) @binding(4) var<storage, read> kept: array<vec4u>;

fn tileInputs4(tile: vec3u) -> u32 {
  return (keptColumns(tile.z) + 3u) / 4u;
}

fn rowVec4(start: u32, k4: u32) -> vec4f {
  return select(vec4f(), x[start + k4], 4u * k4 + vec4u(0u, 1u, 2u, 3u) < vec4u(maskColumns));
}

fn inputStart(k: u32, weightStride: u32) -> u32 {
  return keptVec4(mask, k / 4u)[k % 4u] * weightStride;
}

fn inputStarts(k4: u32, weightStride: u32) -> vec4u {
  return keptVec4(mask, k4) * weightStride;
}
