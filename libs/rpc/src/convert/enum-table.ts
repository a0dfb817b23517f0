import { invalidArgument } from '@bonsai/support';
import type { ErrorReason } from '@bonsai/support';

/** One enum's two spellings. The record makes the compiler ask for every domain value. */
export class EnumTable<Domain extends string, Wire extends number> {
  readonly wire: Readonly<Record<Domain, Wire>>;

  constructor(wire: Readonly<Record<Domain, Wire>>) {
    this.wire = wire;
  }

  toWire(value: Domain): Wire {
    return this.wire[value];
  }

  /** @throws BonsaiError with the reason, for a number that this program does not know or has no use for in this place */
  toDomain(value: Wire, field: string, reason: ErrorReason = 'REQUEST_INVALID'): Domain {
    const names = Object.keys(this.wire).filter((name): name is Domain => this.#has(name));
    const found = names.find((name) => this.wire[name] === value);
    if (found !== undefined) return found;
    throw invalidArgument(reason, field, `${field} cannot be ${value}; choose ${listed(names.map(wireName))}.`);
  }

  /** 0 is what every enum calls unspecified. */
  toDomainOr<Open extends string | undefined>(
    value: Wire,
    open: Open,
    field: string,
    reason: ErrorReason = 'REQUEST_INVALID',
  ): Domain | Open {
    return value === 0 ? open : this.toDomain(value, field, reason);
  }

  #has(name: string): name is Domain {
    return Object.hasOwn(this.wire, name);
  }
}

/** As the contract spells it, but for the prefix that all values of an enum share. */
function wireName(domain: string): string {
  return domain.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function listed(names: readonly string[]): string {
  const [last, ...others] = [...names].reverse();
  return others.length === 0 ? `${last}` : `${others.reverse().join(', ')} or ${last}`;
}
