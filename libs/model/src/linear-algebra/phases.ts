/** A step of a calculation, in parts that may run in any order and at the same time: none reads what another writes. */
export interface Phase {
  readonly parts: number;
  run(part: number): void;
}

/** A long calculation: phases one after the other. */
export interface Phases {
  readonly count: number;
  phase(index: number): Phase;
}

/** More parts would not be done sooner, but each has to be handed out. */
const MOST_PARTS = 64;

/** Every part has the same number of rows, at least `least` and a multiple of it, but for the last. */
export function rowPhase(rows: number, least: number, run: (first: number, count: number) => void): Phase {
  const each = least * Math.max(1, Math.ceil(rows / (least * MOST_PARTS)));
  return {
    parts: Math.ceil(rows / each),
    run: (part) => {
      run(part * each, Math.min(each, rows - part * each));
    },
  };
}

export const onePhase = (phase: Phase): Phases => ({ count: 1, phase: () => phase });

/** One calculation after the other. */
export function inSuccession(...calculations: readonly Phases[]): Phases {
  return {
    count: calculations.reduce((sum, { count }) => sum + count, 0),
    phase(index) {
      let left = index;
      for (const calculation of calculations) {
        if (left < calculation.count) return calculation.phase(left);
        left -= calculation.count;
      }
      throw new RangeError(`no phase ${index}`);
    },
  };
}

/** At one go, where it is short. */
export function atOnce(phases: Phases): void {
  for (let index = 0; index < phases.count; index++) {
    const phase = phases.phase(index);
    for (let part = 0; part < phase.parts; part++) phase.run(part);
  }
}
