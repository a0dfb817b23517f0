// For kernels with an invocation per vec4 of a matrix that may be compact: which columns of the uncompacted matrix it holds.
struct Parameters {
  rows: u32,
  stride4: u32,
  // Rows of one mask.
  rowsPerMask: u32,
  // 0 where nothing is selected.
  keptStride4: u32,
}

var<immediate> parameters: Parameters;

struct Element {
  row: u32,
  columns: vec4u,
  // False behind the last column that the mask of the row keeps.
  isKept: vec4<bool>,
}

fn elementAt(index: u32) -> Element {
  let row = index / parameters.stride4;
  let column4 = index - row * parameters.stride4;
  let columns = 4u * column4 + vec4u(0u, 1u, 2u, 3u);
  if (parameters.keptStride4 == 0u) {
    return Element(row, columns, vec4<bool>(true));
  }
  let selection = row / parameters.rowsPerMask * parameters.keptStride4;
  let source = kept[selection + min(column4 + 1u, parameters.keptStride4 - 1u)];
  return Element(row, source, columns < vec4u(kept[selection].y));
}
