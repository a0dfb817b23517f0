import { InvalidArgumentError } from 'commander';

/** Parser of an option that takes some of the given names, separated by commas. */
export function namesFrom<Name extends string>(names: Readonly<Record<Name, unknown>>): (text: string) => Name[] {
  const isName = (part: string): part is Name => Object.hasOwn(names, part);
  return (text) => {
    const parts = text.split(',');
    if (!parts.every(isName)) {
      throw new InvalidArgumentError(`Give some of ${Object.keys(names).join(', ')}, separated by commas.`);
    }
    return parts;
  };
}
