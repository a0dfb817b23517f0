// out = silu(x Wg^T) * (x Wu^T), of the outputs that the mask of the row keeps. A pair of columns of `weight` is the gate
// and up projection of one output.
struct Parameters {
  // Of one mask.
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  outStride: u32,
  keptStride4: u32,
  // This segment of the weight, in pairs of columns.
  firstPair: u32,
  segmentPairs: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read> kept: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
var<immediate> parameters: Parameters;

fn keptPairs(ofMask: u32) -> u32 {
  return keptColumns(ofMask);
}

// Where the gate and up projections of two outputs come from.
fn pairsAt(ofMask: u32, column4: u32) -> vec2u {
  let outputs = keptVec4(ofMask, column4 / 2u);
  let odd = column4 % 2u;
  return outputs.xy * (1u - odd) + outputs.zw * odd;
}

struct Place {
  column: u32,
  stored: vec2<bool>,
  kept: vec2<bool>,
}

fn placeOf(column4: u32) -> Place {
  let inside = vec2u(2u * column4, 2u * column4 + 1u) < vec2u(parameters.outStride);
  return Place(2u * column4, inSegment(column4) & inside, isKept(column4));
}

fn storeRow(row: u32, place: Place, sum: vec4f) {
  let at = row * parameters.outStride + place.column;
  let value = select(vec2f(), gated(sum), place.kept);
  if (place.stored.x) {
    out[at] = value.x;
  }
  if (place.stored.y) {
    out[at + 1u] = value.y;
  }
}
