alias Weight = f16;
alias WeightVec4 = vec4<f16>;
