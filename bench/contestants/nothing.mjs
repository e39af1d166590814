// For tests of the machinery: a call that only waits, `ms` long.

import { setTimeout } from "node:timers/promises";

export const open = ({ ms }) => ({ version: "1", run: () => setTimeout(ms) });
