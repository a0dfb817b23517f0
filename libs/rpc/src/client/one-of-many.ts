import { experimental } from '@grpc/grpc-js';
import type { ChannelOptions } from '@grpc/grpc-js';

type Endpoint = experimental.Endpoint;
type Addresses = experimental.StatusOr<Endpoint[]>;

/** The name of the policy in a service config: `{ one_of_many: { turn: 3 } }`. */
export const ONE_OF_MANY = 'one_of_many';

/** Which of all addresses is tried first, counted around. */
class OneOfManyConfig implements experimental.TypedLoadBalancingConfig {
  readonly turn: number;

  constructor(turn: number) {
    this.turn = turn;
  }

  static createFromJson({ turn }: { readonly turn: number }): OneOfManyConfig {
    return new OneOfManyConfig(turn);
  }

  getLoadBalancerName(): string {
    return ONE_OF_MANY;
  }

  toJsonObject(): object {
    return { [ONE_OF_MANY]: { turn: this.turn } };
  }
}

/**
 * pick_first from the address whose turn it is, so that clients with turns of their own spread evenly. pick_first's own
 * `shuffleAddressList` leaves a list of two as it is (grpc-js 1.14).
 */
class OneOfMany implements experimental.LoadBalancer {
  readonly #pickFirst: experimental.ChildLoadBalancerHandler;

  constructor(helper: experimental.ChannelControlHelper) {
    this.#pickFirst = new experimental.ChildLoadBalancerHandler(helper);
  }

  updateAddressList(
    addresses: Addresses,
    config: experimental.TypedLoadBalancingConfig,
    options: ChannelOptions,
    note: string,
  ): boolean {
    if (!(config instanceof OneOfManyConfig)) return false;
    const inTurn = addresses.ok ? experimental.statusOrFromValue(startingAt(config.turn, addresses.value)) : addresses;
    return this.#pickFirst.updateAddressList(inTurn, PICK_FIRST, options, note);
  }

  exitIdle(): void {
    this.#pickFirst.exitIdle();
  }

  resetBackoff(): void {
    this.#pickFirst.resetBackoff();
  }

  destroy(): void {
    this.#pickFirst.destroy();
  }

  getTypeName(): string {
    return ONE_OF_MANY;
  }
}

const PICK_FIRST = experimental.parseLoadBalancingConfig({ pick_first: {} });

experimental.registerLoadBalancerType(ONE_OF_MANY, OneOfMany, OneOfManyConfig);

/** Names resolve to their addresses in any order, so these are sorted first. */
function startingAt(turn: number, endpoints: readonly Endpoint[]): Endpoint[] {
  const name = experimental.endpointToString;
  const sorted = [...endpoints].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  const first = turn % Math.max(1, sorted.length);
  return [...sorted.slice(first), ...sorted.slice(0, first)];
}
