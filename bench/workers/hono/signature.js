// Meta's signature: HMAC-SHA256 over the raw body, in hexadecimal.
const encoder = new TextEncoder();
let imported;

function keyOf(secret) {
  imported ??= crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  return imported;
}

export async function isSigned(body, header, secret) {
  if (!secret || !header?.startsWith("sha256=")) return false;
  const signature = bytesOf(header.slice("sha256=".length));
  return crypto.subtle.verify("HMAC", await keyOf(secret), signature, body);
}

function bytesOf(hexadecimal) {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
