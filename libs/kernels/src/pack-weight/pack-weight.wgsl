// Transposes a piece of a row-major f32 weight into the packed layout [inputs, outputs] in the weight precision.
struct Parameters {
  inputs: u32,
  // Outputs in this piece.
  outputs: u32,
  // Where the piece begins, in vec4 of outputs.
  firstColumn4: u32,
  weightStride4: u32,
}

@group(0) @binding(0) var<storage, read> piece: array<f32>;
@group(0) @binding(1) var<storage, read_write> weight: array<WeightQuad>;
var<immediate> parameters: Parameters;

fn valueAt(output: u32, input: u32) -> f32 {
  let inside = output < parameters.outputs;
  return select(0.0, piece[select(0u, output, inside) * parameters.inputs + input], inside);
}

// Inputs per invocation: consecutive values of an output share cache lines.
const RUN = 16u;

@compute @workgroup_size(FLAT_INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flatIndex(group, groups, lane);
  let columns4 = (parameters.outputs + 3u) / 4u;
  let column4 = index % columns4;
  let firstInput = index / columns4 * RUN;
  let first = 4u * column4;
  let end = min(firstInput + RUN, parameters.inputs);
  for (var input = firstInput; input < end; input++) {
    weight[input * parameters.weightStride4 + parameters.firstColumn4 + column4] = storedQuad(vec4f(
      valueAt(first, input),
      valueAt(first + 1u, input),
      valueAt(first + 2u, input),
      valueAt(first + 3u, input),
    ));
  }
}
