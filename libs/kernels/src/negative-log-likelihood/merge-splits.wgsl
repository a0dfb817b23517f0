// out[r] = log(sum of exponentials over all splits) - target logit; 0 for a row without a target.
struct Parameters {
  firstRow: u32,
  endRow: u32,
  splits: u32,
  targetCount: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<vec2f>;
@group(0) @binding(1) var<storage, read> targetLogits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;
var<immediate> parameters: Parameters;

const NO_TARGET = 0xffffffffu;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = flatIndex(group, groups, lane);
  let row = parameters.firstRow + place;
  if (row >= parameters.endRow) {
    return;
  }
  let first = place * parameters.splits;
  var top = partials[first].x;
  for (var i = 1u; i < parameters.splits; i++) {
    top = max(top, partials[first + i].x);
  }
  var sum = 0.0;
  for (var i = 0u; i < parameters.splits; i++) {
    let part = partials[first + i];
    sum = fma(part.y, exp(part.x - top), sum);
  }
  let loss = log(sum) + (top - targetLogits[place]);
  out[row] = vec4f(select(loss, 0.0, targets[row % parameters.targetCount] == NO_TARGET), 0.0, 0.0, 0.0);
}
