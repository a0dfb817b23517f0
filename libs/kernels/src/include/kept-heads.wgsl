// Query heads that the mask of a window keeps, and groups that have any. Windows of one mask follow each other; a selection
// begins with its counts.
fn queriesOf(window: u32) -> u32 {
  if (parameters.windowsPerMask == 0u) {
    return parameters.queryHeads;
  }
  return kept[window / parameters.windowsPerMask * parameters.keptStride4].x;
}

fn groupsOf(window: u32) -> u32 {
  if (parameters.windowsPerMask == 0u) {
    return parameters.kvGroups;
  }
  return kept[window / parameters.windowsPerMask * parameters.keptStride4].z;
}
