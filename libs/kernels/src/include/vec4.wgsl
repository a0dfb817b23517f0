// Across the four values of a vec4, in a fixed order.
fn sum4(value: vec4f) -> f32 {
  return (value.x + value.y) + (value.z + value.w);
}

fn top4(value: vec4f) -> f32 {
  return max(max(value.x, value.y), max(value.z, value.w));
}
