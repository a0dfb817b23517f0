// out[r] = x[r] . y[r] / (|x[r]| |y[r]|), 0 where either is zero; one invocation per row.
struct Parameters {
  rows: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flatIndex(group, groups, lane);
  if (row >= parameters.rows) {
    return;
  }
  let first = row * parameters.stride4;
  var products = vec4f();
  var xSquares = vec4f();
  var ySquares = vec4f();
  for (var i = 0u; i < parameters.stride4; i++) {
    let a = x[first + i];
    let b = y[first + i];
    products = fma(a, b, products);
    xSquares = fma(a, a, xSquares);
    ySquares = fma(b, b, ySquares);
  }
  let norms = sqrt(sum4(xSquares)) * sqrt(sum4(ySquares));
  out[row] = vec4f(select(0.0, sum4(products) / norms, norms > 0.0), 0.0, 0.0, 0.0);
}
