import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { conformance } from "./conformance.ts";

conformance(referenceBackend, { tolerance: { relative: 1e-12 } }); // float64 sums in another order
