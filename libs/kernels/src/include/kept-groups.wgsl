// KV groups that the mask of a window keeps. Windows of one mask follow each other; a selection begins with its count.
fn groupsOf(window: u32) -> u32 {
  if (parameters.windowsPerMask == 0u) {
    return parameters.kvGroups;
  }
  return kept[window / parameters.windowsPerMask * parameters.keptStride4].x;
}
