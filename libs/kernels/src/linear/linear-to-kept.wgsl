// out = x W^T, of the outputs that the mask of the row keeps.
struct Parameters {
  // Of one mask.
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  outStride2: u32,
  keptStride4: u32,
  // This segment of the weight, in pairs of columns.
  firstPair: u32,
  segmentPairs: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read> kept: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<vec2f>;
var<immediate> parameters: Parameters;

fn keptPairs(ofMask: u32) -> u32 {
  return keptColumns(ofMask) / 2u;
}

// Where the two pairs of a vec4 of the output come from.
fn pairsAt(ofMask: u32, column4: u32) -> vec2u {
  return keptVec4(ofMask, column4).xz / 2u;
}

struct Place {
  pair: u32,
  stored: vec2<bool>,
  kept: vec2<bool>,
}

fn placeOf(column4: u32) -> Place {
  let inside = vec2u(2u * column4, 2u * column4 + 1u) < vec2u(parameters.outStride2);
  return Place(2u * column4, inSegment(column4) & inside, isKept(column4));
}

fn storeRow(row: u32, place: Place, sum: vec4f) {
  let at = row * parameters.outStride2 + place.pair;
  if (place.stored.x) {
    out[at] = select(vec2f(), sum.xy, place.kept.x);
  }
  if (place.stored.y) {
    out[at + 1u] = select(vec2f(), sum.zw, place.kept.y);
  }
}
