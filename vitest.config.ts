import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.slow.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: "100%", // Vitest itself would leave one core idle, of two the half
    reporters: ["default", "./scripts/test-summary.mjs"],
  },
});
