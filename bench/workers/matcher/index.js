// The answer tier alone: takes bytes, runs one export of the wasm, and leaves the timing to its caller, because
// clocks stand still while a worker computes.
import wasm from "./matcher.wasm";

const start = () => new WebAssembly.Instance(wasm, {}).exports;
let matcher = start();

export default {
  async fetch(request) {
    const url = new URL(request.url);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const at = matcher.room(bytes.length);
    new Uint8Array(matcher.memory.buffer, at, bytes.length).set(bytes);
    switch (url.pathname) {
      // Memory of wasm never shrinks: whoever wants to know what something takes starts afresh.
      case "/fresh":
        matcher = start();
        return new Response();
      case "/memory":
        return new Response(String(matcher.memory.buffer.byteLength));
      case "/load":
        return new Response(String(matcher.load()));
      case "/compile": {
        const length = matcher.compile();
        return new Response(new Uint8Array(matcher.memory.buffer, matcher.output(), length).slice());
      }
      case "/ask":
        return new Response(String(matcher.ask(Number(url.searchParams.get("rounds")))));
      default:
        return new Response();
    }
  },
};
