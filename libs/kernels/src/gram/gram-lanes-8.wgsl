const LANES = 8u;

// Rows of the input that one step of a Gram product takes.
const GRAM_STEP = 2u;

// sums[i] += x[row][16 columns from column4] * y[row][this lane's columns], over GRAM_STEP rows.
fn gramStep(sums: ptr<function, array<vec4f, 16>>, row: u32, end: u32, column4: u32, own: u32, lane: u32) {
  let a = leftOrZero(row + lane / 4u, end, column4 + lane % 4u);
  let b0 = rightOrZero(row + 0u, end, own);
  let b1 = rightOrZero(row + 1u, end, own);
  let a00 = subgroupBroadcast(a, 0u);
  let a01 = subgroupBroadcast(a, 1u);
  let a02 = subgroupBroadcast(a, 2u);
  let a03 = subgroupBroadcast(a, 3u);
  let a10 = subgroupBroadcast(a, 4u);
  let a11 = subgroupBroadcast(a, 5u);
  let a12 = subgroupBroadcast(a, 6u);
  let a13 = subgroupBroadcast(a, 7u);
  (*sums)[0] = fma(vec4f(a00.x), b0, (*sums)[0]);
  (*sums)[1] = fma(vec4f(a00.y), b0, (*sums)[1]);
  (*sums)[2] = fma(vec4f(a00.z), b0, (*sums)[2]);
  (*sums)[3] = fma(vec4f(a00.w), b0, (*sums)[3]);
  (*sums)[4] = fma(vec4f(a01.x), b0, (*sums)[4]);
  (*sums)[5] = fma(vec4f(a01.y), b0, (*sums)[5]);
  (*sums)[6] = fma(vec4f(a01.z), b0, (*sums)[6]);
  (*sums)[7] = fma(vec4f(a01.w), b0, (*sums)[7]);
  (*sums)[8] = fma(vec4f(a02.x), b0, (*sums)[8]);
  (*sums)[9] = fma(vec4f(a02.y), b0, (*sums)[9]);
  (*sums)[10] = fma(vec4f(a02.z), b0, (*sums)[10]);
  (*sums)[11] = fma(vec4f(a02.w), b0, (*sums)[11]);
  (*sums)[12] = fma(vec4f(a03.x), b0, (*sums)[12]);
  (*sums)[13] = fma(vec4f(a03.y), b0, (*sums)[13]);
  (*sums)[14] = fma(vec4f(a03.z), b0, (*sums)[14]);
  (*sums)[15] = fma(vec4f(a03.w), b0, (*sums)[15]);
  (*sums)[0] = fma(vec4f(a10.x), b1, (*sums)[0]);
  (*sums)[1] = fma(vec4f(a10.y), b1, (*sums)[1]);
  (*sums)[2] = fma(vec4f(a10.z), b1, (*sums)[2]);
  (*sums)[3] = fma(vec4f(a10.w), b1, (*sums)[3]);
  (*sums)[4] = fma(vec4f(a11.x), b1, (*sums)[4]);
  (*sums)[5] = fma(vec4f(a11.y), b1, (*sums)[5]);
  (*sums)[6] = fma(vec4f(a11.z), b1, (*sums)[6]);
  (*sums)[7] = fma(vec4f(a11.w), b1, (*sums)[7]);
  (*sums)[8] = fma(vec4f(a12.x), b1, (*sums)[8]);
  (*sums)[9] = fma(vec4f(a12.y), b1, (*sums)[9]);
  (*sums)[10] = fma(vec4f(a12.z), b1, (*sums)[10]);
  (*sums)[11] = fma(vec4f(a12.w), b1, (*sums)[11]);
  (*sums)[12] = fma(vec4f(a13.x), b1, (*sums)[12]);
  (*sums)[13] = fma(vec4f(a13.y), b1, (*sums)[13]);
  (*sums)[14] = fma(vec4f(a13.z), b1, (*sums)[14]);
  (*sums)[15] = fma(vec4f(a13.w), b1, (*sums)[15]);
}
