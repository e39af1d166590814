// What the terminal shows.

export function printMachine({ node, machine, rounds, isQuick }) {
  const how = isQuick ? `quick: ${rounds} short rounds` : `${rounds} rounds`;
  console.log(`Node ${node} · ${machine.cpu}, ${machine.cores} cores · ${machine.os} · ${how}`);
}

/** A row of cases.mjs: times, then ratios beside what they are held to, then shares of the peak. */
export function printRow({ name, results, ratios, shares }) {
  console.log(`\n${name}`);
  for (const { label, version, medianMs, bestRoundMs, calls, flops, isSteady } of results) {
    const speed = flops === undefined ? version : `${(flops / medianMs / 1e6).toFixed(1)} GFLOPS`;
    const figures = [medianMs, bestRoundMs].map((ms) => ms.toFixed(2).padStart(8));
    const unsteady = isSteady ? "" : "  never steady";
    console.log(
      `  ${label.padEnd(36)} median ${figures[0]} ms  best round ${figures[1]} ms  ${calls} calls  ${speed}${unsteady}`,
    );
  }
  for (const { of, to, ratio, bounds, isSpeedup } of ratios) {
    const value = `${ratio.toFixed(3)}${isSpeedup ? "×" : ""}`;
    console.log(`  ${`${of} / ${to}`.padEnd(68)} ${value.padStart(8)}${held(ratio, bounds, isSpeedup)}`);
  }
  for (const { of, peak, share, bounds } of shares) {
    const value = `${(100 * share).toFixed(1)} %`;
    console.log(`  ${`${of}, share of ${peak}`.padEnd(68)} ${value.padStart(8)}${held(100 * share, bounds, true)}`);
  }
}

export function printLayers({ name, peak, totalMs, share, kinds, gemm, gemmKinds, bounds }) {
  const total = `${totalMs.toFixed(2)} ms, ${percent(share)} of the peak of ${peak.toFixed(1)} GFLOPS`;
  console.log(`\n${name}, 1 thread: ${total}`);
  console.log(
    `  ${"kind".padEnd(30)} ${"ops".padStart(4)} ${"ms".padStart(8)} ${"GFLOPS".padStart(8)} ${"of peak".padStart(8)}`,
  );
  const line = ({ kind, calls, ms, flops, gflops, share: part }, indent) => {
    const speed = flops === 0 ? ["", ""] : [gflops.toFixed(1), percent(part)];
    const cells = [
      String(calls ?? "").padStart(4),
      ms.toFixed(3).padStart(8),
      ...speed.map((cell) => cell.padStart(8)),
    ];
    return `  ${`${indent}${kind}`.padEnd(30)} ${cells.join(" ")}`;
  };
  for (const kind of kinds) console.log(line(kind, ""));
  console.log(line(gemm, "") + held(100 * gemm.share, bounds, true));
  for (const kind of gemmKinds) console.log(line(kind, "  "));
}

/** `lines`: what was measured, `[label, value, unit]`; `verdicts`: what is held to bounds, `{ label, value, unit, bounds }`. */
export function printFigure({ name, lines, verdicts }) {
  console.log(`\n${name}`);
  for (const [label, value, unit] of lines) console.log(`  ${label.padEnd(66)} ${shown(value)} ${unit}`);
  for (const { label, value, unit, bounds } of verdicts) {
    console.log(`  ${label.padEnd(66)} ${shown(value)} ${unit}${held(value, bounds, false)}`);
  }
}

/** How a figure stands to its bounds `[goal, limit]`: a goal may be absent. */
export function held(value, bounds, isAtLeast) {
  if (!bounds) return "";
  const [goal, limit] = bounds;
  const reaches = (bound) => (isAtLeast ? value >= bound : value <= bound);
  const word = goal !== null && reaches(goal) ? "goal reached" : reaches(limit) ? "within the limit" : "MISSED";
  return `   ${word} (${goal === null ? "" : `goal ${goal}, `}${isAtLeast ? "least" : "most"} ${limit})`;
}

function shown(value) {
  return value.toFixed(Math.abs(value) >= 100 ? 0 : 2).padStart(9);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
