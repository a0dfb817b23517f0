import { FREE_WIDTHS, type WidthConstraints } from './width-constraints.ts';

/** One of the constraints, as settings name them. */
export type ConstraintName = keyof WidthConstraints;

/** What a model loses by a constraint, or by all of them. */
export interface ConstraintCost {
  readonly constraint: ConstraintName | 'all';
  /** Of the cut at the same budget without it, the others in force. */
  readonly lossWithout: number;
}

/**
 * Losses of cuts at the plan's budget, all by the method's last estimates of every unit and measured on the same windows,
 * without recovery. The plan's own cut may do better: it is chosen by more than these estimates.
 */
export interface ConstraintCosts {
  /** Of the cut under all constraints. */
  readonly loss: number;
  readonly costs: readonly ConstraintCost[];
  /** Calibration windows by index. */
  readonly windows: readonly number[];
  readonly forwardTokens: number;
}

/** Constraints without one of them, or without any. */
export interface Relaxation {
  readonly constraint: ConstraintName | 'all';
  readonly constraints: Partial<WidthConstraints>;
}

/** Every constraint that is set taken away alone; where there are several, also all of them. */
export function relaxations(constraints: WidthConstraints): Relaxation[] {
  const names: readonly ConstraintName[] = ['layout', 'ffnAlignment', 'minKvGroups', 'minFfnNeurons'];
  const set = names.filter((name) => constraints[name] !== FREE_WIDTHS[name]);
  const alone = set.map((constraint) => ({
    constraint,
    constraints: { ...constraints, [constraint]: FREE_WIDTHS[constraint] },
  }));
  return set.length === 1 ? alone : [{ constraint: 'all', constraints: FREE_WIDTHS }, ...alone];
}
