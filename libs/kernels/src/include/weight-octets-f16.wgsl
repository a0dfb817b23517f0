// `weight` is [inputs, outputs], zero-padded to whole tiles, in units of eight outputs of 16 bits: on a CPU driver a load
// costs by the number of its 32-bit words, whatever is in them.
alias WeightUnit = vec4u;

fn lowerFour(octet: vec4u) -> vec4f {
  return vec4f(unpack2x16float(octet.x), unpack2x16float(octet.y));
}

fn upperFour(octet: vec4u) -> vec4f {
  return vec4f(unpack2x16float(octet.z), unpack2x16float(octet.w));
}
