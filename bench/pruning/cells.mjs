// One piece of the comparison at a time: what it computes, and the figures that it leaves.

import { readFileSync } from "node:fs";
import { createModel, toSafetensors, UsageError } from "effnet";
import { cost, layers, OWN_CONFIGS, OWN_ROWS, scale } from "effnet/architecture";
import {
  apply,
  distill,
  importance,
  importanceFromJson,
  importanceToJson,
  jointCurves,
  macsModel,
  planToJson,
  prune,
  recalibrate,
  refit,
  scoresOf,
} from "effnet/pruning";
import { evaluate, train } from "effnet/training";
import { ARMS, planOf, ROUNDS, SCALED, slug } from "./arms.mjs";
import { PARENTS, parentRecipe, ROW, recoveryRecipe, SIZE } from "./recipes.mjs";

const USUAL_WAY = "distilled, select"; // as `effnet prune` does

const config = (({ classes, ...rest }) => rest)(OWN_CONFIGS[ROW]);

export class Cells {
  #parent;
  #weights;
  #data;
  #engine;
  #store;
  #note;

  /**
   * @param parent a name of `PARENTS`
   * @param weights of a parent that was trained before
   * @param store where files are: `path(name)`, `has(name)`, `write(name, bytes)`
   */
  constructor({ parent, weights, data, engine, store, note }) {
    this.#parent = PARENTS[parent];
    this.#weights = weights;
    this.#data = data;
    this.#engine = engine;
    this.#store = store;
    this.#note = note;
  }

  /** A parent, from random weights unless it has some. */
  async parent(seed) {
    const { width, trained, epochs } = this.#parent;
    const model = trained
      ? await this.#create(undefined, { weights: this.#weights })
      : await this.#create(architectureAt(width, this.#data.classes.length), { seed });
    const result = trained
      ? await this.#weighed(model, seed)
      : await this.#trained(model, (data) => train(model, data, parentRecipe(seed, epochs)), seed);
    this.#store.write(`${seed}/parent.safetensors`, await toSafetensors(model));
    await model.dispose();
    return { ...networkOf(model.architecture), ...result };
  }

  /** An arm at a budget. */
  arm(seed, arm, share) {
    if (arm === SCALED) return this.#scaled(seed, share);
    if (arm === ROUNDS) return this.#inRounds(seed, share);
    return this.#inOneCut(seed, arm, share);
  }

  /** The parent scaled down to the budget's MACs, from random weights, trained for as many steps in all. */
  async #scaled(seed, share) {
    const { width, epochs, recovery } = this.#parent;
    const architecture = scaledTo(share, width, this.#data.classes.length);
    const model = await this.#create(architecture, { seed });
    const recipe = parentRecipe(seed, epochs + recovery);
    const result = await this.#trained(model, (data) => train(model, data, recipe), seed);
    await model.dispose();
    return { ...networkOf(architecture), ...result };
  }

  /** Accuracy after each step, and after the ways to learn on from the refit that the arm is tried with. */
  async #inOneCut(seed, arm, share) {
    const parent = await this.#create(undefined, { weights: this.#store.path(`${seed}/parent.safetensors`) });
    const a = parent.architecture;
    const { scoring } = this.#sources(parent, seed);
    const tried = (model) => this.#weighed(model, seed);

    const scores = scoresOf(await this.#importance(parent, ARMS[arm].score, seed, scoring));
    const curves = ARMS[arm].needsCurves
      ? await jointCurves(parent, scoring, scores, { score: ARMS[arm].score, seed })
      : null;
    const limit = Math.floor(networkOf(a).macs * share);
    const plan = await planOf(arm, { a, scores, curves, limit }).catch(unreachable);
    if (plan instanceof UsageError) return { unreachable: plan.message };
    this.#store.write(`${seed}/${slug(arm, share)}.plan.json`, JSON.stringify(planToJson(plan)));
    const { architecture, stateDict: sliced } = apply(a, await parent.stateDict(), plan);
    const student = await this.#create(architecture, { weights: sliced });
    const after = { sliced: await tried(student) };

    await student.replace(await recalibrate(student, scoring));
    after.recalibrated = await tried(student);
    const starts = {};
    for (const norms of ["keep", "recalibrate"]) {
      await student.replace(sliced);
      starts[norms] = await refit(student, parent, plan, scoring, { norms, seed });
      await student.replace(starts[norms]);
      after[`refit, ${norms}`] = await tried(student);
    }
    const recipe = recoveryRecipe(seed, this.#parent.recovery);
    const ways = {
      "fine-tuned": (data) => train(student, data, recipe),
      "distilled, select": (data) => distill(student, parent, plan, data, recipe, { comparison: "select" }),
      "distilled, linear": (data) => distill(student, parent, plan, data, recipe, { comparison: "linear" }),
    };
    for (const [name, way] of Object.entries(ways)) {
      if (name !== USUAL_WAY && !ARMS[arm].triesAllWays) continue;
      await student.replace(starts.recalibrate);
      after[name] = await this.#trained(student, way, seed);
    }
    await Promise.all([student.dispose(), parent.dispose()]);
    return { ...networkOf(architecture), after };
  }

  /** Ours in several cuts, as `prune` makes them where the budget is deep: accuracy after the last refit, and at the end. */
  async #inRounds(seed, share) {
    const parent = await this.#create(undefined, { weights: this.#store.path(`${seed}/parent.safetensors`) });
    const { scoring, train: pictures, validation } = this.#sources(parent, seed);
    const cost = macsModel();
    const options = {
      budgets: [{ cost, limit: Math.floor(networkOf(parent.architecture).macs * share) }],
      seed,
      plan: { curve: "sum" },
      refit: "recalibrate",
      recipe: recoveryRecipe(seed, this.#parent.recovery),
      engine: this.#engine,
    };
    const curve = [];
    let student = null;
    let refitted = null;
    for await (const report of prune(parent, { train: pictures, validation, scoring }, options)) {
      if (report.kind === "cut") {
        student = report.student;
        refitted = await this.#weighed(student, seed);
      }
      if (report.kind === "training") this.#followed(report.report, curve);
    }
    const trained = { ...(await this.#weighed(student, seed)), curve };
    const { architecture } = student;
    await Promise.all([student.dispose(), parent.dispose()]);
    return { ...networkOf(architecture), after: { "refit, recalibrate": refitted, [USUAL_WAY]: trained } };
  }

  /** Of the parent, kept beside it: arms that share a score share its pictures. */
  async #importance(parent, score, seed, scoring) {
    const name = `${seed}/${score}.json`;
    if (this.#store.has(name)) return importanceFromJson(readFileSync(this.#store.path(name), "utf8"), name);
    const found = await importance(parent, scoring, { score, seed });
    this.#store.write(name, importanceToJson(found));
    return found;
  }

  /** Trains, and weighs what is best by the held-back pictures. */
  async #trained(model, way, seed) {
    const { train: pictures, validation } = this.#sources(model, seed);
    const startedMs = performance.now();
    const curve = [];
    for await (const report of way({ train: pictures, validation })) this.#followed(report, curve);
    const minutes = round((performance.now() - startedMs) / 60_000);
    return { ...(await this.#weighed(model, seed)), minutes, curve };
  }

  /** @param curve gets loss and held-back accuracy of each epoch */
  #followed(report, curve) {
    if (report.kind !== "epoch") return;
    const { epoch, loss, validation } = report;
    curve.push([round(loss), round(validation.top1)]);
    this.#note(`  epoch ${epoch + 1}: loss ${loss.toFixed(3)}, validation ${(100 * validation.top1).toFixed(2)} %`);
  }

  async #weighed(model, seed) {
    const { validation, test } = this.#sources(model, seed);
    return figures(await evaluate(model, validation), await evaluate(model, test));
  }

  #sources(model, seed) {
    return this.#data.sources(model.transform(), seed);
  }

  #create(architecture, options) {
    const { classes: labels } = this.#data;
    if (architecture === undefined) return createModel({ ...this.#engine, ...options });
    return createModel(architecture, { ...this.#engine, config, labels, ...options });
  }
}

/** The built-in network's row at another width. */
function architectureAt(width, classes) {
  return { ...scale(OWN_ROWS[ROW], { width, depth: 1 }), classes };
}

/**
 * The widest scaled network within a share of the MACs that the row has at `whole`. By width alone: depth as compound scaling
 * has it falls by whole blocks, and would leave up to a third of the budget unused.
 */
function scaledTo(share, whole, classes) {
  const limit = networkOf(architectureAt(whole, classes)).macs * share;
  let best = null;
  for (let width = 0.05; width <= whole; width += 0.005) {
    const architecture = architectureAt(width, classes);
    if (networkOf(architecture).macs <= limit) best = architecture;
  }
  return best;
}

/** A budget that no widths of an arm meet is a finding; anything else goes on. */
function unreachable(error) {
  if (error instanceof UsageError && error.option === macsModel().unit) return error;
  throw error;
}

/** A network as its cell keeps it. */
function networkOf(architecture) {
  const { macs, parameters } = cost(layers(architecture, SIZE));
  return { architecture, macs, parameters };
}

function figures(validation, test) {
  return { validation: validation.top1, test: test.top1 };
}

function round(value) {
  return Number(value.toFixed(4));
}
