import { FREE_WIDTHS, type WidthConstraints } from './width-constraints.ts';

/** What keeps a method from its own choice. */
export interface Constraints extends WidthConstraints {
  readonly protectedLayers: readonly number[];
}

/** One of the constraints, as settings name them. */
export type ConstraintName = keyof Constraints;

const NONE: Constraints = { ...FREE_WIDTHS, protectedLayers: [] };

/** What a model loses by a constraint, or by all of them. */
export interface ConstraintCost {
  readonly constraint: ConstraintName | 'all';
  /** Of the cut at the same budget without it, the others in force. */
  readonly lossWithout: number;
  /** Of what it costs, the difference of both losses, over the windows; undefined for a single one. */
  readonly standardError: number | undefined;
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
  readonly constraints: Constraints;
}

export function constraintsOf(settings: Partial<Constraints>): Constraints {
  const { layout, ffnAlignment, minKvGroups, minFfnNeurons, protectedLayers } = { ...NONE, ...settings };
  return { layout, ffnAlignment, minKvGroups, minFfnNeurons, protectedLayers };
}

/** Every constraint that is set taken away alone; where there are several, also all of them. */
export function relaxations(constraints: Constraints): Relaxation[] {
  const names = Object.keys(NONE) as ConstraintName[];
  const alone = names
    .filter((name) => (name === 'protectedLayers' ? constraints[name].length > 0 : constraints[name] !== NONE[name]))
    .map((constraint) => ({ constraint, constraints: { ...constraints, [constraint]: NONE[constraint] } }));
  return alone.length < 2 ? alone : [{ constraint: 'all', constraints: NONE }, ...alone];
}
