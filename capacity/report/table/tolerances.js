// Tolerances of the library (capacity/tolerances.py says why each is what it is); the tests hold them equal.

export const HOLD = 1e-7;
export const TIE = 1e-9;
export const SHARE = 1e-9;
export const USED = 0.01;
export const SUMS = 1e-12;
export const ROUNDING = 1e-6;
export const AGREE = 1e-6;
export const WHOLE_NUMBER = 1e-9;
export const BISECTED = 1e-12;
export const LEAST_NUMBER = 1e-300;
