// What every build of the training module exports: the loops of inference that a step needs, too, and its own.

export { clearBorder } from "../border";
export { convolution, panel, tile } from "../convolution";
export { depthwise } from "../depthwise";
export { activateMap, add, affine, gate } from "../elementwise";
export { meanPool } from "../pool";
export { depthwiseInputGradient } from "./depthwise-input-gradient";
export { depthwiseWeightGradient } from "./depthwise-weight-gradient";
export {
  activateGradient,
  addPartials,
  clearPadding,
  gateGradient,
  multiply,
  scaleMap,
  spread,
  sumRows,
} from "./elementwise";
export { gatedAgain, gatedSlope } from "./gated";
export {
  binaryCrossEntropy,
  binaryCrossEntropyGradient,
  crossEntropy,
  crossEntropyGradient,
  squaredError,
  squaredErrorGradient,
} from "./losses";
export {
  combineSums,
  gradientCoefficients,
  normalize,
  normalizeInputGradient,
  normalizeSlope,
  sumGradient,
} from "./normalize";
export {
  adam,
  average,
  clamp,
  clipUnits,
  clipVector,
  momentum,
  plain,
  rootMeanSquare,
  rootMeanSquareCentered,
  squares,
} from "./optimizer";
export { combineStatistics, moveRunning, standardScale, sumShifted } from "./statistics";
export { transpose } from "./transpose";
export { weightGradient } from "./weight-gradient";
