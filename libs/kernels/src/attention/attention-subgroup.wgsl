const QUERIES = LANES;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let head = group.y;
  openWindow(group.z);
  let query = group.x * QUERIES + lane;
  let row = firstRow + query;
  let end = keysOf(group.z, head, group.x * QUERIES);
  let keys = keyColumn(head);
  let values = valueColumn(head);
  var top = LOWEST;
  var sum = 0.0;
  for (var key = 0u; key < end; key += BLOCK_KEYS) {
    let low = startsOf16(firstRow + key, lane);
    let high = startsOf16(firstRow + key + 16u, lane);
    // Spelled out: a declaration without a value is not set to zero again on every turn of a loop (seen with Dawn 0.6.2).
    var p0 = array<vec4f, 4>();
    var p1 = array<vec4f, 4>();
    for (var pair = 0u; pair < parameters.pairs; pair += 2u) {
      let q = queryVec4(row, head, pair);
      addDots(&p0, q, loadRows16(low, keys + pair));
      addDots(&p1, q, loadRows16(high, keys + pair));
    }
    p0 = array(causal(p0[0], key, query), causal(p0[1], key + 4u, query), causal(p0[2], key + 8u, query),
      causal(p0[3], key + 12u, query));
    p1 = array(causal(p1[0], key + 16u, query), causal(p1[1], key + 20u, query), causal(p1[2], key + 24u, query),
      causal(p1[3], key + 28u, query));
    let top0 = top4(max(max(p0[0], p0[1]), max(p0[2], p0[3])));
    let top1 = top4(max(max(p1[0], p1[1]), max(p1[2], p1[3])));
    let newTop = max(top, max(top0, top1));
    p0 = array(exp(p0[0] - newTop), exp(p0[1] - newTop), exp(p0[2] - newTop), exp(p0[3] - newTop));
    p1 = array(exp(p1[0] - newTop), exp(p1[1] - newTop), exp(p1[2] - newTop), exp(p1[3] - newTop));
    let decay = exp(top - newTop);
    let added = sum4((p0[0] + p0[1]) + (p0[2] + p0[3])) + sum4((p1[0] + p1[1]) + (p1[2] + p1[3]));
    sum = fma(sum, decay, added);
    top = newTop;
    for (var pair = 0u; pair < parameters.pairs; pair += 2u) {
      let half = addWeightedRows(vec4f(), &p0, loadRows16(low, values + pair));
      let weighted = addWeightedRows(half, &p1, loadRows16(high, values + pair));
      if (row <= lastRow) {
        accumulate(row, head, pair, key, decay, weighted);
      }
    }
  }
  if (row <= lastRow) {
    normalise(row, head, end, sum);
  }
}
