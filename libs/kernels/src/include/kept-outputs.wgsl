// Inputs of x W^T where the tile's columns are the outputs that the mask keeps. They come in pairs of columns of the
// weight; a segment of the weight gives those that it has.

// Nothing is summed in a tile that no kept column of this segment falls into: what it stores is zeros.
fn tileInputs4(tile: vec3u) -> u32 {
  let pairs = keptPairs(tile.z);
  let first = tileColumn4(tile.y, 0u);
  if (2u * first >= pairs) {
    return 0u;
  }
  let last = min(tileColumn4(tile.y + 1u, 0u), (pairs + 1u) / 2u) - 1u;
  let lastPairs = pairsAt(tile.z, last);
  let ends = pairsAt(tile.z, first).x < parameters.firstPair + parameters.segmentPairs;
  let begins = max(lastPairs.x, lastPairs.y) >= parameters.firstPair;
  return select(0u, parameters.inputs4, ends && begins);
}

fn rowVec4(start: u32, k4: u32) -> vec4f {
  return x[start + k4];
}

fn inputStart(k: u32, weightStride: u32) -> u32 {
  return k * weightStride;
}

fn inputStarts(k4: u32, weightStride: u32) -> vec4u {
  return (4u * k4 + vec4u(0u, 1u, 2u, 3u)) * weightStride;
}

// Which of the two pairs of a vec4 of the output the mask keeps.
fn isKept(column4: u32) -> vec2<bool> {
  return vec2u(2u * column4, 2u * column4 + 1u) < vec2u(keptPairs(mask));
}

// Which of them this segment has. Pairs behind the last that the mask keeps are zero, and every segment has them.
fn inSegment(column4: u32) -> vec2<bool> {
  return (pairsAt(mask, column4) - parameters.firstPair < vec2u(parameters.segmentPairs)) | !isKept(column4);
}

// Where they are in this segment; some pair of it for those that it does not have.
fn segmentPairsAt(column4: u32) -> vec2u {
  return min(pairsAt(mask, column4) - parameters.firstPair, vec2u(parameters.segmentPairs - 1u));
}
