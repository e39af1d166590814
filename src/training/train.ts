// The door of the room. Nothing is written or printed here: whoever runs a training keeps its reports.

import type { Model } from "../model/model.ts";
import type { RecipeOptions } from "./recipe.ts";
import type { Report, TrainingData, TrainOptions } from "./reports.ts";
import { Training } from "./training.ts";

export type * from "./reports.ts";

/**
 * Trains the model: first the head on cached features, if the recipe says so, then the whole network, epoch by epoch.
 *
 * The same model, data, recipe and seed give the same bits, for any number of threads. However the iteration ends, the model
 * then has the best weights so far, those it came with if there are none; until then it must not be used for anything else.
 * @param options what the recipe is to be where the defaults are not wanted; a whole recipe does, too
 * @throws UsageError for a recipe or data that make no sense; DivergedError if the loss is no longer a number; the signal's
 * reason once it aborts
 */
export async function* train(
  model: Model,
  data: TrainingData,
  options: RecipeOptions = {},
  { resume, companion, ...waiting }: TrainOptions = {},
): AsyncGenerator<Report, void, undefined> {
  const training = await Training.begin(model, data, options, waiting, { resume, companion });
  try {
    yield* training.reports();
  } finally {
    await training.end();
  }
}
