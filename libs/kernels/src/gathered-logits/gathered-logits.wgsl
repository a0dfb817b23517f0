// out[r][j] = x[r] . head[tokens[(r mod tokenRows) * columns + j]] for the tokens of one segment of the head, which is
// packed [hidden, vocabulary]. Neighbouring invocations are of the rows that share a token, since its column of the head
// lies scattered: one load serves them all. Inputs have the precision that they have in a loss, so that its logarithm of the
// sum of exponentials belongs to these logits.
struct Parameters {
  rows: u32,
  inputs4: u32,
  outStride: u32,
  columns: u32,
  tokenRows: u32,
  headStride2: u32,
  firstToken: u32,
  tokensInSegment: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<WeightPair>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
var<immediate> parameters: Parameters;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, groups, lane);
  let repeats = parameters.rows / parameters.tokenRows;
  let place = index / repeats;
  let tokenRow = place / parameters.columns;
  if (tokenRow >= parameters.tokenRows) {
    return;
  }
  let token = tokens[place] - parameters.firstToken;
  if (token >= parameters.tokensInSegment) {
    return;
  }
  let row = index % repeats * parameters.tokenRows + tokenRow;
  let stride2 = parameters.headStride2;
  let inputs4 = parameters.inputs4;
  let first = row * inputs4;
  var at = token / 2u;
  var sums = vec4f();
  for (var i = 0u; i < inputs4; i++) {
    sums = fma(factors(x[first + i]), columnVec4(at, stride2, token % 2u), sums);
    at += 4u * stride2;
  }
  out[row * parameters.outStride + place % parameters.columns] = sum4(sums);
}
