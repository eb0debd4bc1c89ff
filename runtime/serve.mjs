// Runs lotse on one machine: the built worker in workerd, storage on local disk, bindings as
// wrangler.toml names them. Development, tests and load tests start the worker through this file.
//
//   node runtime/serve.mjs --port 8787 --state .lotse/state --vars vars.json [--omit BINDING]... [--faults]
//                          [--spill-retries N]
//
// --faults puts faults.mjs around the worker, so that a test can take bindings away while it runs. --spill-retries lets
// the queue `spill` give an item up after so many retries, so that a test need not wait for most of a day.
// Prints one line of JSON, {"ready":"http://127.0.0.1:8787","cron":"http://…"}, once requests are answered, and again
// whenever workerd died and was started anew. A GET to "cron" runs the cron's work at once. It ends with its parent:
// when standard input closes, the runtime is stopped.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from "wrangler";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    state: { type: "string" },
    config: { type: "string", default: "wrangler.toml" },
    vars: { type: "string" },
    omit: { type: "string", multiple: true, default: [] },
    script: { type: "string" },
    faults: { type: "boolean", default: false },
    "spill-retries": { type: "string" },
  },
});

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { workerOptions, main } = readWorkerOptions(path.resolve(root, options.config));
const { modulesRules: _, ...worker } = workerOptions;

const script = path.resolve(options.script ?? main);
worker.bindings = { ...worker.bindings, ...(options.vars ? JSON.parse(readFileSync(options.vars, "utf8")) : {}) };
// A binding left out stands for one that is down.
for (const name of options.omit) {
  for (const kind of ["bindings", "durableObjects", "queueProducers", "kvNamespaces"]) {
    if (worker[kind]) delete worker[kind][name];
  }
}

const retries = options["spill-retries"];
if (retries !== undefined) worker.queueConsumers.spill.maxRetries = Number(retries);

// What makes bindings fail, around every class of objects.
function faults() {
  const classes = Object.values(worker.durableObjects).map(({ className }) => className);
  const exported = classes.map((name) => `export const ${name} = faulty(product.${name});\n`);
  return readFileSync(path.join(root, "runtime/faults.mjs"), "utf8") + exported.join("");
}

// The script and the wasm beside it, which it imports; in front of both what makes bindings fail, if wanted.
function modules(entry) {
  const folder = path.dirname(entry);
  const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  return [
    ...(options.faults
      ? [{ type: "ESModule", path: path.join(folder, "faults.mjs"), contents: faults() }]
      : []),
    { type: "ESModule", path: entry },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: path.join(folder, name) })),
  ];
}

let cron;
const tellReady = () => console.log(JSON.stringify({ ready: `http://127.0.0.1:${options.port}`, cron }));
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    // Where Miniflare listens itself, on a port of its own choice: what it has beyond the worker, the cron alone here.
    host: "127.0.0.1",
    log: new Log(LogLevel.WARN),
    // No look-up of where this machine is: nothing but the worker's own requests leaves it.
    cf: false,
    // The cron has no clock of its own on one machine.
    unsafeTriggerHandlers: true,
    unsafeHandleRuntimeRestart: tellReady,
    ...(options.state ? { resourcePersistencePath: path.resolve(options.state) } : {}),
    workers: [
      {
        ...worker,
        name: worker.name ?? "lotse",
        modulesRoot: path.dirname(script),
        modules: modules(script),
        // Requests go straight to the worker, not through Miniflare's own: see docs/decisions/0019.
        unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(options.port) }],
      },
    ],
  }),
);
const stop = async () => {
  await runtime.dispose();
  process.exit(0);
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
process.stdin.on("end", stop);
process.stdin.resume();

cron = new URL("/cdn-cgi/local/scheduled", await runtime.ready).href;
// As wrangler.toml says: every minute.
setInterval(() => fetch(cron).catch(() => {}), 60_000).unref();
tellReady();
