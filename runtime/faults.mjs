// Stands between the worker and its bindings, so that a test can take them away and give them back while
// the process runs, and put any message into a queue. Part of the test bed only: serve.mjs loads it with
// --faults, and it is no part of what is deployed.
//
//   PUT  /.faults/away            {"CONVERSATION": {}, "SPILL": {}}: these refuse every call from now on
//                                 {"CONVERSATION": {"only": ["whatsapp/main/DE.1"]}}: of these objects only
//                                 {"CONVERSATION": {"calls": 1}}: the next call only
//                                 {"STORE": {"delay": 400}}: calls are answered, so many milliseconds later
//   GET  /.faults/away            how many calls each binding refused or delayed since the last PUT
//   PUT  /.faults/kv/BINDING/KEY  puts the body into KV: damage, or what somebody wrote elsewhere
//   POST /.faults/queue/BINDING   puts the body into the queue as text; with ?type=json or ?type=bytes as that
import Product, * as product from "./index.js";

let away = {};
let refused = {};

/** Throws as a runtime does that cannot reach what is bound, if `binding` (or this object of it) is away; waits if it is slow. */
async function check(binding, name) {
  const trouble = away[binding];
  if (!trouble || (trouble.only && !trouble.only.includes(name)) || trouble.calls === 0) return;
  if (trouble.calls) trouble.calls -= 1;
  refused[binding] = (refused[binding] ?? 0) + 1;
  if (trouble.delay) return new Promise((resolve) => setTimeout(resolve, trouble.delay));
  throw new Error(`${binding} is away`);
}

/** `target` with every method run by itself, since native methods refuse any other `this`. */
function around(target, methods) {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(methods, key)) return methods[key];
      const value = Reflect.get(target, key, target);
      return typeof value === "function" && key !== "constructor" ? value.bind(target) : value;
    },
  });
}

/** The names of objects by their ids, as far as they were asked for by name. */
const names = new Map();

function objects(binding, namespace) {
  const stub = (id) =>
    around(namespace.get(id), {
      call: async (question) => {
        await check(binding, names.get(String(id)));
        return namespace.get(id).call(question);
      },
    });
  const idFromName = (name) => {
    const id = namespace.idFromName(name);
    names.set(String(id), name);
    // Ids know how to get their object; kept as they are otherwise.
    return id;
  };
  return around(namespace, { get: stub, getByName: (name) => stub(idFromName(name)), idFromName });
}

function calls(binding, target, methods) {
  const checked = (method) => [method, async (...call) => (await check(binding), target[method](...call))];
  return around(target, Object.fromEntries(methods.map(checked)));
}

function withFaults(env) {
  const kinds = {
    DurableObjectNamespace: objects,
    KvNamespace: (binding, target) => calls(binding, target, ["get", "getWithMetadata", "put", "delete", "list"]),
    WorkerQueue: (binding, target) => calls(binding, target, ["send", "sendBatch"]),
  };
  const wrap = ([name, value]) => [name, kinds[value?.constructor?.name]?.(name, value) ?? value];
  return Object.fromEntries(Object.entries(env).map(wrap));
}

async function command(request, url, env) {
  const [, , what, binding] = url.pathname.split("/");
  if (what === "away" && request.method === "PUT") {
    away = await request.json();
    refused = {};
    return new Response(null, { status: 204 });
  }
  if (what === "away") return Response.json(refused);
  if (what === "kv" && request.method === "PUT") {
    const key = url.pathname.split("/").slice(4).join("/");
    await env[binding].put(key, await request.arrayBuffer());
    return new Response(null, { status: 204 });
  }
  if (what === "queue" && request.method === "POST") {
    const contentType = url.searchParams.get("type") ?? "text";
    const body = { text: () => request.text(), json: () => request.json(), bytes: () => request.bytes() };
    await env[binding].send(await body[contentType](), { contentType });
    return new Response(null, { status: 204 });
  }
  return new Response("there is no such fault\n", { status: 404 });
}

export default {
  fetch(request, env, context) {
    const url = new URL(request.url);
    const own = url.pathname.startsWith("/.faults/");
    return own ? command(request, url, withFaults(env)) : Product.fetch(request, withFaults(env), context);
  },
  queue: (batch, env, context) => Product.queue(batch, withFaults(env), context),
  scheduled: (event, env, context) => Product.scheduled(event, withFaults(env), context),
};

/** A class of objects whose own calls fail as well. serve.mjs exports so every class that wrangler.toml names. */
const faulty = (Class) =>
  class extends Class {
    constructor(state, env) {
      super(state, withFaults(env));
    }
  };
