// out[r] = table[tokens[r mod length]] for the tokens of one segment of the table: `weight`, packed [hidden, vocabulary].
struct Parameters {
  rows: u32,
  outStride4: u32,
  tableStride2: u32,
  firstToken: u32,
  tokensInSegment: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> weight: array<WeightPair>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, groups, lane);
  let row = index / parameters.outStride4;
  if (row >= parameters.rows) {
    return;
  }
  let token = tokens[row % parameters.length] - parameters.firstToken;
  if (token < parameters.tokensInSegment) {
    let stride2 = parameters.tableStride2;
    let at = 4u * (index % parameters.outStride4) * stride2 + token / 2u;
    out[index] = columnVec4(at, stride2, token % 2u);
  }
}
