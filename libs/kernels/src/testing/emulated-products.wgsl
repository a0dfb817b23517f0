// Sums in f32, as matrix units are asked for.
fn addProduct(left: f32, right: vec4f, sum: vec4f) -> vec4f {
  return fma(vec4f(left), right, sum);
}
