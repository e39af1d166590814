// Drop a photo, see its classes. The address may name a network and its weights: ?model=efficientnet_b0&weights=b0.safetensors

import { createModel, listModels } from "effnet";

const element = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);
let weights = address.get("weights"); // an address or a chosen File
let photo = null;
let model = null;
let loading = new AbortController();

element("network").value = address.get("model") ?? "efficientnet_b0";
element("networks").append(...listModels().map((name) => new Option(name, name)));

/** Loads what the form says, instead of what was loading, then classifies the photo, if there is one. */
async function load() {
  if (weights === null) {
    return say("Choose the weights of this network: a .safetensors or .pth file as timm publishes it.");
  }
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  await model?.dispose();
  model = null;
  const name = element("network").value;
  model = await createModel(name, { weights, signal, onProgress });
  globalThis.model = model; // for the console: await model.features(photo)
  say(`${name} is ready.`);
  await classify();
}

function onProgress({ stage, done, total }) {
  say(total ? `${stage}: ${Math.round((100 * done) / total)} %` : `${stage} …`);
}

async function classify() {
  if (model === null || photo === null) return;
  const start = performance.now();
  const predictions = await model.classify(photo, { topK: 5 });
  const ms = performance.now() - start;
  element("classes").replaceChildren(...predictions.map(row));
  say(
    `${element("network").value} · ${ms.toFixed(0)} ms${crossOriginIsolated ? "" : " · one thread: the page is not cross-origin isolated"}`,
  );
}

function row({ label, probability }) {
  const percent = `${(100 * probability).toFixed(1)} %`;
  const item = document.createElement("li");
  const share = document.createElement("output");
  item.style.setProperty("--share", `${100 * probability}%`);
  share.textContent = percent;
  item.append(label, share);
  return item;
}

function show(file) {
  URL.revokeObjectURL(element("preview").src);
  photo = file;
  element("preview").src = URL.createObjectURL(file);
  element("preview").hidden = false;
  element("hint").hidden = true;
  return classify();
}

function say(text, isError = false) {
  element("status").textContent = text;
  element("status").classList.toggle("error", isError);
}

/** What a person starts ends in words, whatever happens. */
const heard = (work) => async (event) => {
  try {
    await work(event);
  } catch (error) {
    if (error.name !== "AbortError") say(error.message, true);
  }
};

const isWeights = ({ name }) => /\.(safetensors|pth|tar|bin)$/.test(name);
const take = heard(([file]) => {
  if (file === undefined) return;
  if (!isWeights(file)) return show(file);
  weights = file;
  return load();
});

element("photo").onchange = (event) => take(event.target.files);
element("weights").onchange = (event) => take(event.target.files);
element("network").onchange = heard(load);
element("drop").ondragover = (event) => {
  event.preventDefault();
  element("drop").classList.add("over");
};
element("drop").ondragleave = () => element("drop").classList.remove("over");
element("drop").ondrop = (event) => {
  event.preventDefault();
  element("drop").classList.remove("over");
  take(event.dataTransfer.files);
};
heard(load)();
