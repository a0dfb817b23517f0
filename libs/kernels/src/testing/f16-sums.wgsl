// Sums in f16, which overflow: what a driver does that takes the wrong matrix units. Packed, since a compiler may leave out a
// conversion there and back.
fn addProduct(left: f32, right: vec4f, sum: vec4f) -> vec4f {
  let next = fma(vec4f(left), right, sum);
  return vec4f(unpack2x16float(pack2x16float(next.xy)), unpack2x16float(pack2x16float(next.zw)));
}
