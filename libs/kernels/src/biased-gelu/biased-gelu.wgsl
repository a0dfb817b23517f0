// out = gelu(x + bias), one invocation per vec4 of out. With a selection, out holds the columns that the mask of the row
// keeps, and then zeros.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> kept: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;

// By the hyperbolic tangent (Hendrycks and Gimpel 2016), written as x / (1 + exp(-2y)), which does not overflow to NaN.
fn gelu(z: vec4f) -> vec4f {
  let y = 0.7978845608028654 * (z + 0.044715 * z * z * z);
  return z / (1.0 + exp(-2.0 * y));
}

fn activated(row: u32, columns: vec4u) -> vec4f {
  let first = row * 4u * parameters.stride4;
  let values = vec4f(x[first + columns.x], x[first + columns.y], x[first + columns.z], x[first + columns.w]);
  return gelu(values + vec4f(bias[columns.x], bias[columns.y], bias[columns.z], bias[columns.w]));
}

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, groups, lane);
  if (index >= parameters.rows * parameters.stride4) {
    return;
  }
  let element = elementAt(index);
  out[index] = select(vec4f(), activated(element.row, element.columns), element.isKept);
}
