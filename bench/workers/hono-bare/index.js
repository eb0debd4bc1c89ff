// The least that a webhook needs in JavaScript: router, body, signature, a constant answer. Keeps nothing.
import { Hono } from "hono";
import { isSigned } from "../hono/signature.js";

const app = new Hono();

app.get("/healthz", (c) => c.text("ok"));

app.post("/webhook/whatsapp/:account", async (c) => {
  const body = await c.req.arrayBuffer();
  const signed = await isSigned(body, c.req.header("x-hub-signature-256"), c.env.WHATSAPP_MAIN_APP_SECRET);
  return signed ? c.body(null, 200) : c.text("refused", 401);
});

export default app;
