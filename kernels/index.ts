// What every build exports.

export { clearBorder } from "./border";
export { convolution, panel, tile } from "./convolution";
export { depthwise } from "./depthwise";
export { activateMap, add, affine, gate } from "./elementwise";
export { linear } from "./linear";
export { packPanel } from "./pack";
export { meanPool, rowSums } from "./pool";
