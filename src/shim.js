// Calls that would cost many crossings between wasm and JavaScript, each as one. Decides nothing.

/** Into how many waits the time of a call is divided. */
const WAITS = 8;

/** Posts a body to a platform and resolves to the status and the bytes of its answer. */
export async function post(url, type, authorization, body, timeout) {
  const headers = { "content-type": type };
  if (authorization !== undefined) headers.authorization = authorization;
  // Not AbortSignal.timeout: that goes off later whether or not the answer came, and is an event of its own each time.
  const late = new AbortController();
  // Nor one timer for the whole time: where the isolate has more to do than it can, answers that came long ago are
  // read late, and the platform is not to blame for that. Each wait begins when the isolate got round to the one
  // before, so each lets what has come meanwhile be read first.
  let waits = 0;
  let timer;
  const wait = () => {
    if (waits++ === WAITS) return late.abort();
    timer = setTimeout(wait, timeout / WAITS);
  };
  wait();
  try {
    // A copy: `body` lies in memory of wasm, which changes before the body has left.
    const sent = body.slice();
    const response = await fetch(url, { method: "POST", headers, body: sent, signal: late.signal });
    return [response.status, new Uint8Array(await response.arrayBuffer())];
  } finally {
    clearTimeout(timer);
  }
}
