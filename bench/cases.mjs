// What is measured: one row a case. `npm run bench -- --only TEXT` takes the rows whose name contains TEXT.
// `peer` is the rival's file (made by ../shared/peers/fill.mjs); `peerLogits` the first logits it must give for
// x[i] = 2·sin(12.9898·i), batch 1, to 1e-4. `golden` holds effnet's weights, input and logits.

export const cases = [
  {
    name: "b1_pruned@240, batch 1, 2 threads",
    network: "efficientnet_b1_pruned",
    height: 240,
    width: 240,
    batch: 1,
    threads: 2,
    golden: "efficientnet_b1_pruned-240.json",
    peerLogits: [-0.18153, 0.04654, 0.12138],
    contestants: ["effnet", "onnxruntime-web"],
  },
];
