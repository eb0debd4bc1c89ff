// Where the runtime comes in: hands each event to wasm, with as few crossings as possible. Decides nothing.
//
// `cargo xtask build` puts beside this file what wasm-bindgen makes of the worker, and bundles both.
import { DurableObject } from "cloudflare:workers";
import * as lotse from "./index.js";

const { Body } = lotse;
const NOTHING = new Uint8Array();
const CAP = lotse.bodyCap();

// wasm-bindgen wakes what waits through this. The runtime's own makes an object of its own for each call; a promise
// that is kept already costs a fraction of it.
const kept = Promise.resolve();
globalThis.queueMicrotask = (task) => void kept.then(task);

// A panic or a trap leaves wasm in a state that nobody knows: before the next event it starts anew.
const state = lotse.__worker_init_state();
let life = 0;
addEventListener("error", ({ error }) => note(error));
addEventListener("unhandledrejection", ({ reason }) => note(reason));

function note(error) {
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

function recover() {
  if (!state.criticalError) return;
  lotse.__wbg_reset_state();
  lotse.logRestart();
  state.criticalError = false;
  life += 1;
}

/** A class of objects: one method that takes and returns text, see `object.rs`, and an alarm. */
function objects(Inner) {
  return class extends DurableObject {
    #inner;
    #life;

    #now() {
      recover();
      if (this.#life !== life) {
        this.#inner = new Inner(this.ctx, this.env);
        this.#life = life;
      }
      return this.#inner;
    }

    call(question) {
      return this.#now().call(question);
    }

    alarm() {
      return this.#now().alarm();
    }
  };
}

export const ConversationObject = objects(lotse.ConversationObject);
export const DeskObject = objects(lotse.DeskObject);
export const KnowledgeObject = objects(lotse.KnowledgeObject);
export const MetricsObject = objects(lotse.MetricsObject);
export const PacerObject = objects(lotse.PacerObject);
export const QuestionsObject = objects(lotse.QuestionsObject);

/** The body of a request, or what is wrong with it. */
async function read(request) {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > CAP) return [Body.TooLarge, NOTHING];
  try {
    if (announced === null) return await readPieces(request.body);
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > CAP ? [Body.TooLarge, NOTHING] : [Body.Whole, bytes];
  } catch {
    return [Body.Broken, NOTHING];
  }
}

/** A body whose length was not announced: piece by piece, so that it cannot fill the memory. */
async function readPieces(stream) {
  const pieces = [];
  let length = 0;
  for await (const piece of stream ?? []) {
    length += piece.length;
    if (length > CAP) return [Body.TooLarge, NOTHING];
    pieces.push(piece);
  }
  return [Body.Whole, new Uint8Array(await new Blob(pieces).arrayBuffer())];
}

export default {
  async fetch(request, env, context) {
    const { method, url, headers } = request;
    const [body, bytes] = method === "GET" || method === "HEAD" ? [Body.Whole, NOTHING] : await read(request);
    recover();
    const answer = await lotse.fetch(method, url, headers, body, bytes, env, context);
    return typeof answer === "number" ? new Response(null, { status: answer }) : answer;
  },

  queue(batch, env, context) {
    recover();
    return lotse.queue(batch, env, context);
  },

  scheduled(event, env, context) {
    recover();
    return lotse.scheduled(event, env, context);
  },
};
