/**
 * What a method may remove. Query heads go without their group, equally many of every group that stays. Blocks are whole
 * attention blocks and whole FFNs, layers are both of one layer: of what is left of them, all at once.
 */
export const PRUNED_UNITS = ['ffnNeuron', 'kvGroup', 'queryHead', 'block', 'layer'] as const;
export type PrunedUnit = (typeof PRUNED_UNITS)[number];

/** Unless settings say otherwise. */
export const DEFAULT_UNITS: readonly PrunedUnit[] = ['ffnNeuron', 'kvGroup'];

/** Whether a cut may take blocks or layers that are larger than its round's share. */
export function takesWholes({ units = DEFAULT_UNITS }: { readonly units?: readonly PrunedUnit[] }): boolean {
  return units.includes('block') || units.includes('layer');
}
