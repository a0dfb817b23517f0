// out = silu(x Wg^T) * (x Wu^T). The columns of `weight` alternate gate and up, so that one vec4 of sums is (gate, up) of
// two outputs.
struct Parameters {
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  outStride2: u32,
  // First output of this segment of the weight, in pairs.
  outColumn2: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2f>;
var<immediate> parameters: Parameters;

// A pair of columns of the output.
alias Place = u32;

fn placeOf(column4: u32) -> Place {
  return parameters.outColumn2 + column4;
}

fn storeRow(row: u32, place: Place, sum: vec4f) {
  if (place < parameters.outStride2) {
    out[row * parameters.outStride2 + place] = gated(sum);
  }
}
