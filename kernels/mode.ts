// What the build is for. scripts/build-kernels.mjs writes `true` here for the build that V8 may widen to 256 bits.

export const WIDE: bool = false;
