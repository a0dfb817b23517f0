// Explicit fused multiply-adds in a fixed order: the value of a row must not depend on its place in a tile.
fn addScaledRows(sum: vec4f, scales: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  var s = fma(vec4f(scales.x), b0, sum);
  s = fma(vec4f(scales.y), b1, s);
  s = fma(vec4f(scales.z), b2, s);
  return fma(vec4f(scales.w), b3, s);
}

fn addDot(sum: f32, a: vec4f, b: vec4f) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}
