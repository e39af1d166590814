// Names that timm knew once, and names it knows that are not of this family.

/** Old name → today's. */
export const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ...["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8"].map((b) =>
    renamed(`tf_efficientnet_${b}`, "_ap", "ap_in1k"),
  ),
  ...["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"].map((b) => renamed(`tf_efficientnet_${b}`, "_ns", "ns_jft_in1k")),
  renamed("tf_efficientnet_l2", "_ns_475", "ns_jft_in1k_475"),
  renamed("tf_efficientnet_l2", "_ns", "ns_jft_in1k"),
  ...["s", "m", "l", "xl"].map((size) => renamed(`tf_efficientnetv2_${size}`, "_in21ft1k", "in21k_ft_in1k")),
  ...["s", "m", "l", "xl"].map((size) => renamed(`tf_efficientnetv2_${size}`, "_in21k", "in21k")),
  ["efficientnet_b2a", "efficientnet_b2"],
  ["efficientnet_b3a", "efficientnet_b3"],
]);

/** What timm's `efficientnet.py` also builds and effnet does not: name → why. */
export const EXCLUDED: ReadonlyMap<string, string> = new Map([
  ["efficientnet_b0_gn", "GroupNorm instead of BatchNorm"],
  ["efficientnet_b0_g8_gn", "group-8 convolutions and GroupNorm"],
  ["efficientnet_b0_g16_evos", "group-16 convolutions, channel divisor 16 (meant for EvoNorm)"],
  ["efficientnet_b3_gn", "GroupNorm, channel divisor 16"],
  ["efficientnet_b3_g8_gn", "group convolutions and GroupNorm, channel divisor 16"],
  ["efficientnet_blur_b0", "blur pooling in the stride-2 blocks"],
  ...["efficientnet_cc_b0_4e", "efficientnet_cc_b0_8e", "efficientnet_cc_b1_8e"].flatMap((name): [string, string][] => [
    [name, "CondConv"],
    [`tf_${name}`, "CondConv"],
  ]),
  ["efficientnet_h_b5", "space-to-depth stem block and fused blocks with squeeze-and-excitation (EfficientNet-H)"],
  ["efficientnet_x_b3", "space-to-depth, EfficientNet-X"],
  ["efficientnet_x_b5", "space-to-depth, EfficientNet-X"],
  ["gc_efficientnetv2_rw_t", "global-context attention instead of squeeze-and-excitation"],
  ["test_efficientnet_gn", "GroupNorm"],
  ["test_efficientnet_ln", "LayerNorm"],
  ["test_efficientnet_evos", "EvoNorm"],
]);

function renamed(network: string, ending: string, tag: string): [old: string, today: string] {
  return [network + ending, `${network}.${tag}`];
}
