import { invalidArgument } from '@bonsai/support';

/** One enum's two spellings. The record makes the compiler ask for every domain value. */
export class EnumTable<Domain extends string, Wire extends number> {
  readonly #wire: Readonly<Record<Domain, Wire>>;

  constructor(wire: Readonly<Record<Domain, Wire>>) {
    this.#wire = wire;
  }

  toWire(value: Domain): Wire {
    return this.#wire[value];
  }

  /** @throws BonsaiError SETTING_INVALID for a number that this program does not know */
  toDomain(value: Wire, field: string): Domain {
    const found = Object.keys(this.#wire)
      .filter((name): name is Domain => this.#has(name))
      .find((name) => this.#wire[name] === value);
    if (found !== undefined) return found;
    throw invalidArgument('SETTING_INVALID', field, `Value ${value} of ${field} is not known; choose a listed one.`);
  }

  /** 0 is what every enum calls unspecified. */
  toDomainOr(value: Wire, fallback: Domain, field: string): Domain {
    return value === 0 ? fallback : this.toDomain(value, field);
  }

  #has(name: string): name is Domain {
    return Object.hasOwn(this.#wire, name);
  }
}
