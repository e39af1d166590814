import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { trainingGolden } from "./training-golden.ts";

// float64 sums in another order than torch's; the files' README asks for 1e-9
trainingGolden(referenceBackend, {
  tolerance: { losses: 1e-9, values: 1e-9, gradients: 1e-9, parameters: 1e-9, evaluation: 1e-9 },
});
