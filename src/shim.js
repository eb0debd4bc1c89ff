// Calls that would cost many crossings between wasm and JavaScript, each as one. Decides nothing.

/** Posts a body to a platform and resolves to the status and the bytes of its answer. */
export async function post(url, type, authorization, body, timeout) {
  const headers = { "content-type": type };
  if (authorization !== undefined) headers.authorization = authorization;
  // Not AbortSignal.timeout: that goes off later whether or not the answer came, and is an event of its own each time.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  try {
    // A copy: `body` lies in memory of wasm, which changes before the body has left.
    const sent = body.slice();
    const response = await fetch(url, { method: "POST", headers, body: sent, signal: late.signal });
    return [response.status, new Uint8Array(await response.arrayBuffer())];
  } finally {
    clearTimeout(timer);
  }
}
