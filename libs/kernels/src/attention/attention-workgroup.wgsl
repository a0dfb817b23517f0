const QUERIES = 64u;
const STEP4 = 4u;

// One block of keys or values, STEP4 vec4 wide.
var<workgroup> block: array<vec4f, BLOCK_KEYS * STEP4>;

// As much of all queries. Those of neighbouring invocations lie side by side, where they are far apart in `qkv`.
var<workgroup> queryBlock: array<vec4f, STEP4 * QUERIES>;

fn loadQueries(first: u32, head: u32, pair: u32, lane: u32) {
  for (var i = lane; i < QUERIES * STEP4; i += QUERIES) {
    let step = i % STEP4;
    queryBlock[step * QUERIES + i / STEP4] = queryVec4(first + i / STEP4, head, pair + 2u * step);
  }
}

fn loadBlock(key: u32, column2: u32, lane: u32) {
  for (var i = lane; i < BLOCK_KEYS * STEP4; i += QUERIES) {
    block[i] = rowVec4(rowStart(firstRow + key + i / STEP4), column2 + 2u * (i % STEP4));
  }
}

@compute @workgroup_size(QUERIES)
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
    var p = array<vec4f, 8>();
    for (var pair = 0u; pair < parameters.pairs; pair += 2u * STEP4) {
      loadBlock(key, keys + pair, lane);
      loadQueries(row - lane, head, pair, lane);
      workgroupBarrier();
      for (var step = 0u; step < STEP4; step++) {
        let q = queryBlock[step * QUERIES + lane];
        for (var i = 0u; i < 8u; i++) {
          let at = 4u * i * STEP4 + step;
          p[i].x = addDot(p[i].x, q, block[at]);
          p[i].y = addDot(p[i].y, q, block[at + STEP4]);
          p[i].z = addDot(p[i].z, q, block[at + 2u * STEP4]);
          p[i].w = addDot(p[i].w, q, block[at + 3u * STEP4]);
        }
      }
      workgroupBarrier();
    }
    var newTop = top;
    for (var i = 0u; i < 8u; i++) {
      p[i] = causal(p[i], key + 4u * i, query);
      newTop = max(newTop, top4(p[i]));
    }
    let decay = exp(top - newTop);
    sum *= decay;
    for (var i = 0u; i < 8u; i++) {
      p[i] = exp(p[i] - newTop);
      sum += sum4(p[i]);
    }
    top = newTop;
    for (var pair = 0u; pair < parameters.pairs; pair += 2u * STEP4) {
      loadBlock(key, values + pair, lane);
      workgroupBarrier();
      for (var step = 0u; step < STEP4; step++) {
        var weighted = vec4f();
        for (var i = 0u; i < 8u; i++) {
          let at = 4u * i * STEP4 + step;
          weighted = addScaledRows(weighted, p[i], block[at], block[at + STEP4], block[at + 2u * STEP4],
            block[at + 3u * STEP4]);
        }
        if (row <= lastRow && pair + 2u * step < parameters.pairs) {
          accumulate(row, head, pair + 2u * step, key, decay, weighted);
        }
      }
      workgroupBarrier();
    }
  }
  if (row <= lastRow) {
    normalise(row, head, end, sum);
  }
}
