/** The `struct Parameters` of a kernel: names and types in WGSL order, every field four bytes wide. */
export type ParameterFields = Readonly<Record<string, 'u32' | 'f32'>>;

export type ParameterValues<Fields extends ParameterFields> = { readonly [Name in keyof Fields]: number };

const FIELD_BYTES = 4;

export function parameterBytes(fields: ParameterFields): number {
  return FIELD_BYTES * Object.keys(fields).length;
}

/** Bytes of the struct with the given values. @throws RangeError for a value that its type cannot hold */
export function packParameters<Fields extends ParameterFields>(
  fields: Fields,
  values: ParameterValues<Fields>,
): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(parameterBytes(fields)));
  Object.entries(fields).forEach(([name, type], index) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`parameter ${name} has no value`);
    if (type === 'f32') {
      view.setFloat32(index * FIELD_BYTES, value, true);
    } else {
      if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
        throw new RangeError(`parameter ${name} is ${value}, which no u32 holds`);
      }
      view.setUint32(index * FIELD_BYTES, value, true);
    }
  });
  return view.buffer;
}
