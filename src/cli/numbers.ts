// Numbers as people read them.

/** `5,288,548`; whole numbers. By hand: the first call of toLocaleString loads 5 ms of tables. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `5.29 M`, `386 M`, `18.8 G`: three digits and a unit. */
export function rounded(count: number): string {
  const units: [number, string][] = [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ];
  for (const [size, unit] of units) {
    if (count >= size * 0.9995) return `${Number((count / size).toPrecision(3))}${unit}`;
  }
  return String(count);
}

/** `25.5 MB`, powers of ten. */
export function megabytes(bytes: number): string {
  return `${rounded(bytes)}B`;
}

/** `1 picture`, `3 pictures` */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `0.42 s`, `8.9 s`, `74 s`, `12 min` */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds >= 120) return `${Math.round(seconds / 60)} min`;
  return `${seconds < 1 ? seconds.toFixed(2) : seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}
