// Plain data as one item of a YAML list, as timm's documentation pages print their model index (PyYAML's block style).

/** Text, numbers, and lists or mappings of such. */
export type YamlValue = string | number | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** `- Name: …` and the lines that belong to it. */
export function yamlItem(item: object): string {
  return lines([item as YamlValue])
    .map((line) => `${line}\n`)
    .join("");
}

/** `key: value` and the lines that belong to it, as between the dashes of a page's front matter. */
export function yamlMapping(item: object): string {
  return lines(item as { readonly [key: string]: YamlValue })
    .map((line) => `${line}\n`)
    .join("");
}

/** The lines of a list or mapping. A list inside a mapping is not indented. */
function lines(value: readonly YamlValue[] | { readonly [key: string]: YamlValue }): string[] {
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first, ...rest] = isScalar(item) ? [scalar(item)] : lines(item);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  return Object.entries(value).flatMap(([key, item]) => {
    if (isScalar(item)) return [`${key}: ${scalar(item)}`];
    return [`${key}:`, ...lines(item).map((line) => (isList(item) ? line : `  ${line}`))];
  });
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function isScalar(value: YamlValue): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** Text that would be read as something else is quoted; `1e-5` is written `1.0e-05`, for YAML wants the point. */
function scalar(value: string | number): string {
  if (typeof value === "number") {
    if (Number.isInteger(value) || Math.abs(value) >= 1e-4) return String(value);
    const [mantissa, exponent] = value.toExponential().split("e-");
    return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}e-${exponent.padStart(2, "0")}`;
  }
  const isOther = /^([\d.]+|true|false|null|yes|no|on|off|)$/i.test(value); // a number, a truth, nothing
  const isPlain = /^\w/.test(value) && !/: | #|:$|\n| $/.test(value) && !isOther;
  return isPlain ? value : `'${value.replaceAll("'", "''")}'`;
}
