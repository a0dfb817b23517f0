// Element-wise kernels run over a flat range of elements that is folded into two grid dimensions, because one
// dimension takes only 65535 workgroups.
const FLAT_INVOCATIONS = 64u;

fn flatIndex(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * FLAT_INVOCATIONS + lane;
}
