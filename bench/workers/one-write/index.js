// The limit of any worker that keeps what it acknowledges: reads the webhook, finds the sender's object,
// writes one row there, answers. No signature, no deduplication, no answer to the sender.
import { DurableObject } from "cloudflare:workers";

export class ConversationObject extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, json TEXT NOT NULL)");
  }

  async fetch(request) {
    this.sql.exec("INSERT INTO messages (json) VALUES (?)", await request.text());
    return new Response(null, { status: 204 });
  }
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    const sender = JSON.parse(body).entry[0].changes[0].value.messages[0].from;
    const object = env.CONVERSATION.get(env.CONVERSATION.idFromName(sender));
    const { status } = await object.fetch("https://object/", { method: "POST", body });
    return new Response(null, { status: status === 204 ? 200 : 503 });
  },
};
