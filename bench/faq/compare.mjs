// One engine against one bank: lotse's matcher, nlp.js, MiniSearch or Fuse.js, each set up as its documentation
// begins. Reads one order as JSON from standard input:
//   {"engine", "rounds", "seconds", "wasm", "parts": [{"pack", "bank": [[entry, language, phrase]], "queries": [[text, [entries]]]}]}
// and writes one line of JSON per part:
//   {"asked", "of", "first", "amongThree", "ready", "rounds"}
// counts of questions; "ready" in milliseconds; "rounds" in microseconds a question.
import { readFileSync } from "node:fs";
import { json } from "node:stream/consumers";

import { containerBootstrap } from "@nlpjs/core";
import { LangDe } from "@nlpjs/lang-de";
import { LangEn } from "@nlpjs/lang-en";
import { Nlp } from "@nlpjs/nlp";
import Fuse from "fuse.js";
import MiniSearch from "minisearch";

// Each builds what it needs from a bank and returns how to rank entries for a text, best first.
const ENGINES = {
  lotse: ({ pack }, module) => {
    const matcher = new WebAssembly.Instance(module, {}).exports;
    const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
    const write = (text) => {
      const bytes = encoder.encode(text);
      const at = matcher.room(bytes.length);
      new Uint8Array(matcher.memory.buffer, at, bytes.length).set(bytes);
    };
    write(pack);
    if (matcher.compile() === 0) throw new Error("lotse cannot read the pack");
    return (text) => {
      write(text);
      const length = matcher.rank();
      return decoder.decode(new Uint8Array(matcher.memory.buffer, matcher.output(), length)).split("\n");
    };
  },
  "nlp.js": async ({ bank }) => {
    const languages = [...new Set(bank.map(([, language]) => language))];
    const container = await containerBootstrap();
    [Nlp, LangDe, LangEn].forEach((plugin) => container.use(plugin));
    const nlp = container.get("nlp");
    // Nothing is written, nothing printed, and no time spent on moods.
    Object.assign(nlp.settings, { autoSave: false, calculateSentiment: false });
    languages.forEach((language) => nlp.addLanguage(language));
    bank.forEach(([entry, language, phrase]) => nlp.addDocument(language, phrase, entry));
    const log = console.log;
    console.log = () => {};
    await nlp.train();
    console.log = log;
    // With one language there is nothing to guess.
    const language = languages.length === 1 ? languages[0] : undefined;
    return async (text) => {
      const { classifications } = await nlp.process(language, text);
      return classifications.filter(({ intent }) => intent !== "None").map(({ intent }) => intent);
    };
  },
  MiniSearch: ({ bank }) => words(bank, {}),
  "MiniSearch, fuzzy": ({ bank }) => words(bank, { fuzzy: 0.2, prefix: true }),
  "Fuse.js": ({ bank }) => {
    const phrases = bank.map(([, , phrase]) => phrase);
    // Its way with several words; the usual threshold of .6 lets words through that have little in common.
    const fuse = new Fuse(phrases, { useTokenSearch: true, threshold: 0.3 });
    return (text) => fuse.search(text).map(({ refIndex }) => bank[refIndex][0]);
  },
};

function words(bank, searchOptions) {
  const search = new MiniSearch({ fields: ["phrase"], searchOptions });
  search.addAll(bank.map(([, , phrase], id) => ({ id, phrase })));
  return (text) => search.search(text).map(({ id }) => bank[id][0]);
}

// A round of a fast engine takes about so many milliseconds: it goes through the questions several times.
const ROUND = 100;

// Half of the time goes into one pass over the questions, which counts right answers and warms up; the other half
// into rounds over as many of them as fit. A slow engine is asked fewer questions, evenly taken.
async function measure(rank, queries, rounds, milliseconds) {
  const order = mixed(queries);
  const [began, half] = [performance.now(), milliseconds / 2];
  let [asked, first, amongThree] = [0, 0, 0];
  while (asked < order.length && (asked === 0 || performance.now() - began < half)) {
    const [text, entries] = order[asked];
    const three = [...new Set(await rank(text))].slice(0, 3).map((entry) => entries.includes(entry));
    asked += 1;
    first += three[0] ? 1 : 0;
    amongThree += three.some(Boolean) ? 1 : 0;
  }
  const each = (performance.now() - began) / Math.max(asked, 1);
  const fit = Math.max(1, Math.floor(Math.min(half / rounds, Math.max(ROUND, each * asked)) / each));
  const times = [];
  while (asked > 0 && times.length < rounds) {
    const start = performance.now();
    for (let at = 0; at < fit; at += 1) await rank(order[at % asked][0]);
    times.push(((performance.now() - start) * 1000) / fit);
  }
  return { asked, of: order.length, first, amongThree, rounds: times };
}

// Every question once, in an order that takes an even sample wherever it ends: the step shares no divisor with
// the number of questions.
function mixed(queries) {
  const divisor = (left, right) => (right === 0 ? left : divisor(right, left % right));
  let step = Math.max(1, Math.floor(queries.length * 0.618));
  while (divisor(step, queries.length) > 1) step += 1;
  return queries.map((_, at) => queries[(at * step) % queries.length]);
}

const { engine, rounds, seconds, wasm, parts } = await json(process.stdin);
const module = new WebAssembly.Module(readFileSync(wasm));
for (const part of parts) {
  const began = performance.now();
  const rank = await ENGINES[engine](part, module);
  const ready = performance.now() - began;
  const measured = await measure(rank, part.queries, rounds, (seconds * 1000) / parts.length);
  console.log(JSON.stringify({ ready, ...measured }));
}
