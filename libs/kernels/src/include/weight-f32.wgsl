alias Weight = f32;
alias WeightVec4 = vec4<f32>;
