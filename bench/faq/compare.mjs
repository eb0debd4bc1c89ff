// What others make of the same questions: nlp.js, MiniSearch and Fuse.js, each as its documentation starts out.
// Reads one JSON line per set from standard input: {"name", "bank": [[entry, language, phrase]], "queries":
// [[text, [entries]]]}; writes one per set and engine: {"name", "engine", "asked", "r1", "r3", "microseconds"}.
import { createInterface } from "node:readline";

import { containerBootstrap } from "@nlpjs/core";
import { LangDe } from "@nlpjs/lang-de";
import { LangEn } from "@nlpjs/lang-en";
import { Nlp } from "@nlpjs/nlp";
import Fuse from "fuse.js";
import MiniSearch from "minisearch";

// Each builds what it needs from a bank and returns how to rank entries for a text, best first.
const ENGINES = {
  "nlp.js": async ({ bank, languages }) => {
    const container = await containerBootstrap();
    container.use(Nlp);
    container.use(LangDe);
    container.use(LangEn);
    const nlp = container.get("nlp");
    Object.assign(nlp.settings, { autoSave: false, log: false, forceNER: false });
    languages.forEach((language) => nlp.addLanguage(language));
    bank.forEach(([entry, language, phrase]) => nlp.addDocument(language, phrase, entry));
    const log = console.log;
    console.log = () => {};
    await nlp.train();
    console.log = log;
    return async (text) => {
      // With one language there is nothing to guess.
      const language = languages.length === 1 ? languages[0] : undefined;
      const { classifications } = await nlp.process(language, text);
      return classifications.filter(({ intent }) => intent !== "None").map(({ intent }) => intent);
    };
  },
  MiniSearch: async ({ bank }) => {
    const search = new MiniSearch({ fields: ["phrase"], searchOptions: { fuzzy: 0.2, prefix: true } });
    search.addAll(bank.map(([, , phrase], id) => ({ id, phrase })));
    return (text) => search.search(text).map(({ id }) => bank[id][0]);
  },
  "Fuse.js": async ({ bank }) => {
    const fuse = new Fuse(
      bank.map(([, , phrase]) => phrase),
      { includeScore: true, ignoreLocation: true, threshold: 1 },
    );
    return (text) => fuse.search(text).map(({ refIndex }) => bank[refIndex][0]);
  },
};

// A slow engine is asked fewer questions, evenly taken.
const SECONDS = 60;

async function measure(name, engine, { bank, queries }) {
  const languages = [...new Set(bank.map(([, language]) => language))];
  const rank = await ENGINES[engine]({ bank, languages });
  const inScope = queries.filter(([, entries]) => entries.length > 0);
  let [asked, first, amongThree, nanoseconds] = [0, 0, 0, 0n];
  const deadline = Date.now() + SECONDS * 1000;
  // A step that shares no divisor with the number of questions visits each once, in a mixed order.
  const step = coprime(inScope.length);
  for (let at = 0; at < inScope.length && Date.now() < deadline; at += 1) {
    const [text, entries] = inScope[(at * step) % inScope.length];
    const start = process.hrtime.bigint();
    const ranked = await rank(text);
    nanoseconds += process.hrtime.bigint() - start;
    const places = [...new Set(ranked)].slice(0, 3).map((entry) => entries.includes(entry));
    asked += 1;
    first += places[0] ? 1 : 0;
    amongThree += places.some(Boolean) ? 1 : 0;
  }
  const share = (count) => count / Math.max(asked, 1);
  const microseconds = Number(nanoseconds) / 1000 / Math.max(asked, 1);
  return { name, engine, asked, r1: share(first), r3: share(amongThree), microseconds };
}

function coprime(count) {
  const divisor = (left, right) => (right === 0 ? left : divisor(right, left % right));
  let step = Math.max(1, Math.floor(count * 0.618));
  while (divisor(step, count) > 1) step += 1;
  return step;
}

for await (const line of createInterface({ input: process.stdin })) {
  const set = JSON.parse(line);
  for (const engine of Object.keys(ENGINES)) {
    console.log(JSON.stringify(await measure(set.name, engine, set)));
  }
}
