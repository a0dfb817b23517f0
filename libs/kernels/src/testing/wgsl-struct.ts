/** Names and types of the fields of `struct Parameters` in a shader, in order. */
export function parametersStruct(code: string): [string, string][] {
  const body = /struct Parameters \{([^}]*)\}/.exec(code)?.[1];
  if (body === undefined) throw new Error('the shader has no struct Parameters');
  return [...body.matchAll(/^\s*(\w+): (\w+),$/gm)].map(([, name, type]) => [String(name), String(type)]);
}

/** Access modes of the storage bindings of a shader in order of binding. */
export function storageBindings(code: string): string[] {
  const bindings = [...code.matchAll(/@binding\((\d+)\) var<storage, (read_write|read)>/g)];
  return bindings.map(([, index, access], position) => {
    if (Number(index) !== position) throw new Error(`binding ${index} is declared in place ${position}`);
    return access === 'read' ? 'read' : 'write';
  });
}
