// out = x W^T, plus a residual. Which rows and inputs of `x` a tile is of is up to a file of operands.
struct Parameters {
  // Of one mask, if there are masks.
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  outStride4: u32,
  // First column of this segment of the weight, in vec4.
  outColumn4: u32,
  // 0: nothing to add; 1: add `residual`; 2: add what `out` holds. Not an override: one kernel compiles once.
  add: u32,
  // 0 where every row meets every input.
  keptStride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read> residual: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

// A column of the output, in vec4.
alias Place = u32;

fn placeOf(column4: u32) -> Place {
  return parameters.outColumn4 + column4;
}

fn storeRow(row: u32, place: Place, sum: vec4f) {
  if (place < parameters.outStride4) {
    let at = row * parameters.outStride4 + place;
    var value = sum;
    if (parameters.add == 1u) {
      value += residual[at];
    }
    if (parameters.add == 2u) {
      value += out[at];
    }
    out[at] = value;
  }
}
