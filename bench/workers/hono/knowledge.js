// Which approved text answers a question: MiniSearch over how people ask.
import MiniSearch from "minisearch";
// Written by `cargo xtask bench` from the same pack that lotse carries.
import pack from "pack.json";

// The best phrasing has to score so much for each word of the question. All phrasings of the pack reach
// it, and nothing that the pack does not know.
const LEAST_SCORE_PER_WORD = 8;

const entries = new Map(pack.entries.map((entry) => [entry.id, entry]));

const index = new MiniSearch({
  fields: ["phrasing"],
  storeFields: ["entry", "language"],
  searchOptions: { prefix: true, fuzzy: 0.2 },
});

index.addAll(
  pack.entries
    .flatMap((entry) => entry.phrasings.map(({ language, text }) => ({ entry: entry.id, language, phrasing: text })))
    .map((document, id) => ({ id, ...document })),
);

export const { languages, closing, acknowledgement } = pack;

// The answer in the language of the phrasing, with its buttons; null for a human.
export function answerTo(question) {
  const words = question.trim().split(/\s+/).length;
  const [best] = index.search(question);
  if (!best || best.score / words < LEAST_SCORE_PER_WORD) return null;
  const { answer, buttons } = entries.get(best.entry);
  return { entry: best.entry, language: best.language, text: answer[best.language], buttons: buttons[best.language] };
}
