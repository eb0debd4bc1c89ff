// What one would build in a weekend from the usual tutorials, to hold lotse against: Hono as the router,
// WebCrypto for the signature, a Durable Object per contact, MiniSearch over the same approved texts, a
// queue to the desk. Answered with 200 only after the message is stored, as lotse does.
//
// It does less than lotse: text messages of one channel, no emergencies, no choices when torn, no resending,
// no agents. `cargo xtask bench` bundles it with the pack and starts it.
import { Hono } from "hono";
import { isSigned } from "./signature.js";
import { messagesOf } from "./webhook.js";

export { ConversationObject } from "./conversation.js";
export { DeskObject } from "./desk.js";

const app = new Hono();

app.get("/healthz", (c) => c.text("ok"));

app.post("/webhook/whatsapp/:account", async (c) => {
  const body = await c.req.arrayBuffer();
  if (!(await isSigned(body, c.req.header("x-hub-signature-256"), c.env.WHATSAPP_MAIN_APP_SECRET))) {
    return c.text("refused", 401);
  }
  const messages = messagesOf(JSON.parse(new TextDecoder().decode(body)));
  await Promise.all(
    messages.map((message) => {
      const id = c.env.CONVERSATION.idFromName(message.from);
      return c.env.CONVERSATION.get(id).receive(message);
    }),
  );
  return c.body(null, 200);
});

export default {
  fetch: app.fetch,

  // Hand-overs, on their way to the desk.
  async queue(batch, env) {
    const desk = env.DESK.get(env.DESK.idFromName("desk"));
    await desk.update(batch.messages.map((message) => message.body));
  },
};
