// Sharing by broadcast within a subgroup of 4 lanes that is the whole workgroup: 16 rows of vec4 are held one row per
// lane in 4 registers. A broadcast is nearly free on a CPU driver, where a load costs about ten multiply-adds.
const LANES = 4u;

struct Rows16 {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
}

// Where those rows begin that this lane loads.
struct Starts16 {
  a: u32,
  b: u32,
  c: u32,
  d: u32,
}

fn startsOf16(first: u32, lane: u32) -> Starts16 {
  let row = first + lane;
  return Starts16(rowStart(row), rowStart(row + 4u), rowStart(row + 8u), rowStart(row + 12u));
}

fn loadRows16(starts: Starts16, column: u32) -> Rows16 {
  return Rows16(
    rowVec4(starts.a, column),
    rowVec4(starts.b, column),
    rowVec4(starts.c, column),
    rowVec4(starts.d, column),
  );
}

// sums[i] += row i (four values) times the rows b0..b3 of this lane's columns.
fn accumulateRows(sums: ptr<function, array<vec4f, 16>>, r: Rows16, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) {
  (*sums)[0] = addScaledRows((*sums)[0], subgroupBroadcast(r.a, 0u), b0, b1, b2, b3);
  (*sums)[1] = addScaledRows((*sums)[1], subgroupBroadcast(r.a, 1u), b0, b1, b2, b3);
  (*sums)[2] = addScaledRows((*sums)[2], subgroupBroadcast(r.a, 2u), b0, b1, b2, b3);
  (*sums)[3] = addScaledRows((*sums)[3], subgroupBroadcast(r.a, 3u), b0, b1, b2, b3);
  (*sums)[4] = addScaledRows((*sums)[4], subgroupBroadcast(r.b, 0u), b0, b1, b2, b3);
  (*sums)[5] = addScaledRows((*sums)[5], subgroupBroadcast(r.b, 1u), b0, b1, b2, b3);
  (*sums)[6] = addScaledRows((*sums)[6], subgroupBroadcast(r.b, 2u), b0, b1, b2, b3);
  (*sums)[7] = addScaledRows((*sums)[7], subgroupBroadcast(r.b, 3u), b0, b1, b2, b3);
  (*sums)[8] = addScaledRows((*sums)[8], subgroupBroadcast(r.c, 0u), b0, b1, b2, b3);
  (*sums)[9] = addScaledRows((*sums)[9], subgroupBroadcast(r.c, 1u), b0, b1, b2, b3);
  (*sums)[10] = addScaledRows((*sums)[10], subgroupBroadcast(r.c, 2u), b0, b1, b2, b3);
  (*sums)[11] = addScaledRows((*sums)[11], subgroupBroadcast(r.c, 3u), b0, b1, b2, b3);
  (*sums)[12] = addScaledRows((*sums)[12], subgroupBroadcast(r.d, 0u), b0, b1, b2, b3);
  (*sums)[13] = addScaledRows((*sums)[13], subgroupBroadcast(r.d, 1u), b0, b1, b2, b3);
  (*sums)[14] = addScaledRows((*sums)[14], subgroupBroadcast(r.d, 2u), b0, b1, b2, b3);
  (*sums)[15] = addScaledRows((*sums)[15], subgroupBroadcast(r.d, 3u), b0, b1, b2, b3);
}

// sums[i] += dot(q, row i), for this lane's q.
fn addDots(sums: ptr<function, array<vec4f, 4>>, q: vec4f, r: Rows16) {
  (*sums)[0].x = addDot((*sums)[0].x, q, subgroupBroadcast(r.a, 0u));
  (*sums)[0].y = addDot((*sums)[0].y, q, subgroupBroadcast(r.a, 1u));
  (*sums)[0].z = addDot((*sums)[0].z, q, subgroupBroadcast(r.a, 2u));
  (*sums)[0].w = addDot((*sums)[0].w, q, subgroupBroadcast(r.a, 3u));
  (*sums)[1].x = addDot((*sums)[1].x, q, subgroupBroadcast(r.b, 0u));
  (*sums)[1].y = addDot((*sums)[1].y, q, subgroupBroadcast(r.b, 1u));
  (*sums)[1].z = addDot((*sums)[1].z, q, subgroupBroadcast(r.b, 2u));
  (*sums)[1].w = addDot((*sums)[1].w, q, subgroupBroadcast(r.b, 3u));
  (*sums)[2].x = addDot((*sums)[2].x, q, subgroupBroadcast(r.c, 0u));
  (*sums)[2].y = addDot((*sums)[2].y, q, subgroupBroadcast(r.c, 1u));
  (*sums)[2].z = addDot((*sums)[2].z, q, subgroupBroadcast(r.c, 2u));
  (*sums)[2].w = addDot((*sums)[2].w, q, subgroupBroadcast(r.c, 3u));
  (*sums)[3].x = addDot((*sums)[3].x, q, subgroupBroadcast(r.d, 0u));
  (*sums)[3].y = addDot((*sums)[3].y, q, subgroupBroadcast(r.d, 1u));
  (*sums)[3].z = addDot((*sums)[3].z, q, subgroupBroadcast(r.d, 2u));
  (*sums)[3].w = addDot((*sums)[3].w, q, subgroupBroadcast(r.d, 3u));
}

// sum + the rows weighted by this lane's 16 factors.
fn addWeightedRows(sum: vec4f, factors: ptr<function, array<vec4f, 4>>, r: Rows16) -> vec4f {
  var s = sum;
  s = fma(vec4f((*factors)[0].x), subgroupBroadcast(r.a, 0u), s);
  s = fma(vec4f((*factors)[0].y), subgroupBroadcast(r.a, 1u), s);
  s = fma(vec4f((*factors)[0].z), subgroupBroadcast(r.a, 2u), s);
  s = fma(vec4f((*factors)[0].w), subgroupBroadcast(r.a, 3u), s);
  s = fma(vec4f((*factors)[1].x), subgroupBroadcast(r.b, 0u), s);
  s = fma(vec4f((*factors)[1].y), subgroupBroadcast(r.b, 1u), s);
  s = fma(vec4f((*factors)[1].z), subgroupBroadcast(r.b, 2u), s);
  s = fma(vec4f((*factors)[1].w), subgroupBroadcast(r.b, 3u), s);
  s = fma(vec4f((*factors)[2].x), subgroupBroadcast(r.c, 0u), s);
  s = fma(vec4f((*factors)[2].y), subgroupBroadcast(r.c, 1u), s);
  s = fma(vec4f((*factors)[2].z), subgroupBroadcast(r.c, 2u), s);
  s = fma(vec4f((*factors)[2].w), subgroupBroadcast(r.c, 3u), s);
  s = fma(vec4f((*factors)[3].x), subgroupBroadcast(r.d, 0u), s);
  s = fma(vec4f((*factors)[3].y), subgroupBroadcast(r.d, 1u), s);
  s = fma(vec4f((*factors)[3].z), subgroupBroadcast(r.d, 2u), s);
  s = fma(vec4f((*factors)[3].w), subgroupBroadcast(r.d, 3u), s);
  return s;
}
